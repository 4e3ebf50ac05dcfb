import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import type { Future } from '@nomicfoundation/ignition-core'
import { toFunctionSelector } from 'viem'
import { roleFunctions, roles } from '../roles.ts'

/** Values of `IJobMarket.AssuranceListing`. */
const listing = { withoutTerms: 1, withTerms: 2 } as const

/** Signatures of the guarded functions, by name. */
const signatures: Record<string, string> = {
  setFeeBps: 'setFeeBps(uint16)',
  allowToken: 'allowToken(address,bool)',
  listAssurance: 'listAssurance(address,uint8)',
  setPaused: 'setPaused(bool)',
  pauseMarket: 'pauseMarket()',
}

/**
 * Deploys the whole market and says which role may call which of its few settings. The deploying account administers the access manager until
 * AssayOwner hands it over. The market creates its worker registry itself, so that nobody else can ever move bonds.
 */
// Ignition's parameters stand in deploy/parameters/<network>.json.
export const assayModule = buildModule('Assay', (m) => {
  const accessManager = m.contract('AccessManager', [m.getAccount(0)])
  const proofVerifier = m.contract('ProofVerifier')
  const modelRegistry = m.contract('ModelRegistry', [proofVerifier])
  const proofAssurance = m.contract('ProofAssurance', [modelRegistry, proofVerifier])
  const marketAnswers = m.contract('MarketAnswers')
  const marketExits = m.contract('MarketExits')
  const jobMarket = m.contract('JobMarket', [
    {
      authority: accessManager,
      modelRegistry,
      treasury: m.getParameter('treasury'),
      feeBps: m.getParameter('feeBps'),
      minStake: m.getParameter('minStake'),
      unbondingSeconds: m.getParameter('unbondingSeconds'),
      answers: marketAnswers,
      exits: marketExits,
    },
  ])

  const optimisticAssurance = m.contract('OptimisticAssurance', [
    jobMarket,
    proofVerifier,
    m.getParameter('minChallengeBond'),
  ])
  const auditAssurance = m.contract('AuditAssurance', [
    {
      market: jobMarket,
      proofVerifier,
      // Stakes are in the chain's own coin.
      stakeToken: '0x0000000000000000000000000000000000000000',
      drawBlocks: m.getParameter('drawBlocks'),
      minDrawSeconds: m.getParameter('minDrawSeconds'),
    },
  ])
  const quorumAssurance = m.contract('QuorumAssurance', [jobMarket])
  const resultRegistry = m.contract('ResultRegistry', [jobMarket, proofVerifier, proofAssurance])
  const modelStats = m.contract('ModelStats', [jobMarket, proofAssurance])
  const marketLens = m.contract('MarketLens', [jobMarket, modelStats])
  const pauseSwitch = m.contract('PauseSwitch', [accessManager, jobMarket])

  // The first listings are the administrator's, before a role takes the function over. One after the other: Ignition walks every path between two
  // steps, and steps that all wait for all others make too many.
  const listProof = m.call(jobMarket, 'listAssurance', [proofAssurance, listing.withoutTerms], { id: 'listProof' })
  const listOptimistic = m.call(jobMarket, 'listAssurance', [optimisticAssurance, listing.withTerms], {
    id: 'listOptimistic',
    after: [listProof],
  })
  const listAudit = m.call(jobMarket, 'listAssurance', [auditAssurance, listing.withTerms], {
    id: 'listAudit',
    after: [listOptimistic],
  })
  const listQuorum = m.call(jobMarket, 'listAssurance', [quorumAssurance, listing.withTerms], {
    id: 'listQuorum',
    after: [listAudit],
  })

  const grant = m.call(accessManager, 'grantRole', [roles.pauser, pauseSwitch, 0], { after: [listQuorum] })
  const last: Future[] = [grant]
  const guard = (method: string, id: string, args: Parameters<typeof m.call>[2]) => {
    const after = last.slice(-1)
    last.push(m.call(accessManager, method, args, { id, after }))
  }
  for (const { contract, name, role } of roleFunctions) {
    const target = contract === 'JobMarket' ? jobMarket : pauseSwitch
    guard('setTargetFunctionRole', name, [target, [toFunctionSelector(signatures[name] ?? name)], roles[role]])
  }
  for (const [role, id] of Object.entries(roles)) {
    if (role === 'admin') continue
    guard('labelRole', `label_${role}`, [id, role])
    // A guardian can cancel what an owner scheduled, never make it happen.
    if (role !== 'guardian') guard('setRoleGuardian', `guard_${role}`, [id, roles.guardian])
  }
  // What comes after this one comes after everything.
  const workerRegistry = m.contractAt('WorkerRegistry', m.staticCall(jobMarket, 'workerRegistry'), {
    after: last.slice(-1),
  })

  return {
    accessManager,
    proofVerifier,
    modelRegistry,
    proofAssurance,
    jobMarket,
    marketAnswers,
    marketExits,
    workerRegistry,
    optimisticAssurance,
    auditAssurance,
    quorumAssurance,
    resultRegistry,
    modelStats,
    marketLens,
    pauseSwitch,
  }
})

// biome-ignore lint/style/noDefaultExport: `hardhat ignition deploy` reads a module from the default export
export default assayModule
