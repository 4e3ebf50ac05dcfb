import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'

/** Value of `IJobMarket.AssuranceListing.WithoutTerms`. */
const withoutTerms = 1

/**
 * Deploys the whole market. The deploying account administers the access manager, which owns the market's few settings;
 * the market creates its worker registry itself, so that nobody else can ever move bonds.
 */
// Ignition's parameters stand in deploy/parameters/<network>.json.
export const assayModule = buildModule('Assay', (m) => {
  const accessManager = m.contract('AccessManager', [m.getAccount(0)])
  const proofVerifier = m.contract('ProofVerifier')
  const modelRegistry = m.contract('ModelRegistry', [proofVerifier])
  const proofAssurance = m.contract('ProofAssurance', [modelRegistry, proofVerifier])
  const answers = m.contract('MarketAnswers')
  const exits = m.contract('MarketExits')
  const jobMarket = m.contract('JobMarket', [
    {
      authority: accessManager,
      modelRegistry,
      treasury: m.getParameter('treasury'),
      feeBps: m.getParameter('feeBps'),
      minStake: m.getParameter('minStake'),
      unbondingSeconds: m.getParameter('unbondingSeconds'),
      answers,
      exits,
    },
  ])
  const workerRegistry = m.contractAt('WorkerRegistry', m.staticCall(jobMarket, 'workerRegistry'))
  m.call(jobMarket, 'listAssurance', [proofAssurance, withoutTerms])

  return { accessManager, proofVerifier, modelRegistry, proofAssurance, jobMarket, workerRegistry }
})

// biome-ignore lint/style/noDefaultExport: `hardhat ignition deploy` reads a module from the default export
export default assayModule
