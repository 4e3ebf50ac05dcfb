import { readFileSync } from 'node:fs'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import type { NetworkConnection } from 'hardhat/types/network'
import type { ModelRegistry } from '../types/ethers/contracts/ModelRegistry.ts'
// Gives getContractAt the generated types of our contracts.
import type {} from '../types/ethers/hardhat.d.ts'
import type { AssayDeployment } from './deploy.ts'

/** A contract of a deployment is not what this checkout compiles, or is not tied to the others. */
export class SelfCheckFailedError extends Error {
  override readonly name = 'SelfCheckFailedError'
  readonly fact: string

  constructor({ fact, cause }: { fact: string; cause?: unknown }) {
    super(`The deployment is not sound: ${fact}. Deploy again from a clean checkout.`, { cause })
    this.fact = fact
  }
}

/** Artifacts of the contracts of a deployment, by its members. */
const artifactOf = {
  jobMarket: 'JobMarket',
  marketAnswers: 'MarketAnswers',
  marketExits: 'MarketExits',
  modelRegistry: 'ModelRegistry',
  workerRegistry: 'WorkerRegistry',
  proofVerifier: 'ProofVerifier',
  proofAssurance: 'ProofAssurance',
  optimisticAssurance: 'OptimisticAssurance',
  auditAssurance: 'AuditAssurance',
  quorumAssurance: 'QuorumAssurance',
  resultRegistry: 'ResultRegistry',
  modelStats: 'ModelStats',
  marketLens: 'MarketLens',
  accessManager: 'AccessManager',
  pauseSwitch: 'PauseSwitch',
} as const satisfies Partial<Record<keyof AssayDeployment, string>>

/** How many contracts were compared, and how many assurances are listed. */
export type SelfCheckReport = { contracts: number; assurances: number }

/**
 * Compares a deployment with this checkout: the code of every contract, how they are tied together, the listed assurances, and the proof system itself by
 * one valid proof and the same proof with its last signal changed. It sends no transaction.
 * @throws SelfCheckFailedError naming the first fact that is wrong
 */
export async function selfCheck(
  hre: Pick<HardhatRuntimeEnvironment, 'artifacts'>,
  { connection, deployment }: { connection: NetworkConnection; deployment: AssayDeployment },
): Promise<SelfCheckReport> {
  const { ethers } = connection
  for (const [member, name] of Object.entries(artifactOf)) {
    // Object.entries of a constant keeps its keys.
    const address = deployment[member as keyof typeof artifactOf]
    const { deployedBytecode, immutableReferences } = await hre.artifacts.readArtifact(name)
    const code = await ethers.provider.getCode(address)
    const masked = (bytecode: string) => withoutImmutables(bytecode, immutableReferences ?? {})
    if (masked(code) !== masked(deployedBytecode))
      throw new SelfCheckFailedError({ fact: `${name} at ${address} has other code` })
  }

  const market = await ethers.getContractAt('JobMarket', deployment.jobMarket)
  const registry = await ethers.getContractAt('ModelRegistry', deployment.modelRegistry)
  const ties: [string, string, string][] = [
    ['modelRegistry', await market.modelRegistry(), deployment.modelRegistry],
    ['answers', await market.answers(), deployment.marketAnswers],
    ['exits', await market.exits(), deployment.marketExits],
    ['workerRegistry', await market.workerRegistry(), deployment.workerRegistry],
    ['authority', await market.authority(), deployment.accessManager],
    ['proofVerifier', await registry.proofVerifier(), deployment.proofVerifier],
  ]
  for (const [tie, actual, expected] of ties) {
    if (actual !== expected) throw new SelfCheckFailedError({ fact: `${tie} is ${actual} and not ${expected}` })
  }

  const { proofAssurance, optimisticAssurance, auditAssurance, quorumAssurance } = deployment
  const assurances = [proofAssurance, optimisticAssurance, auditAssurance, quorumAssurance]
  for (const assurance of assurances) {
    const listing = await market.assuranceListing(assurance)
    if (listing === 0n) throw new SelfCheckFailedError({ fact: `the assurance ${assurance} is not listed` })
  }

  await checkProof(registry)
  return { contracts: Object.keys(artifactOf).length, assurances: assurances.length }
}

/** Registers the sample model in a call that changes nothing: once as it is, once with a changed signal. */
async function checkProof(registry: ModelRegistry): Promise<void> {
  // The file is ours; its members are those of `SampleProof`, and the key's bytes.
  const sample = JSON.parse(readFileSync(new URL('./sampleProof.json', import.meta.url), 'utf8')) as {
    key: string
    proof: [string, string, string, string, string, string, string, string]
    signals: string[]
  }
  const params = {
    graphId: `0x${'11'.repeat(32)}`,
    manifestCid: 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy',
    supersedes: `0x${'00'.repeat(32)}`,
    royaltyBps: 0,
    floorPrice: 0,
    setup: { kind: 1, contributions: 1, transcriptHash: `0x${'11'.repeat(32)}` },
  }
  const register = (signals: string[]) =>
    registry.registerModel.staticCall(params, sample.key, { proof: sample.proof, signals })

  await register(sample.signals).catch((cause: unknown) => {
    throw new SelfCheckFailedError({ fact: 'the verifier refuses the sample proof', cause })
  })
  const changed = [...sample.signals.slice(0, -1), String(BigInt(sample.signals.at(-1) ?? 0) + 1n)]
  const refused = await register(changed).then(
    () => false,
    () => true,
  )
  if (!refused) throw new SelfCheckFailedError({ fact: 'the verifier accepts a proof for signals that were changed' })
}

/** The code with every immutable's place zeroed, because a constructor writes there. */
function withoutImmutables(
  bytecode: string,
  references: Record<string, readonly { start: number; length: number }[]>,
): string {
  const bytes = Buffer.from(bytecode.slice(2), 'hex')
  for (const { start, length } of Object.values(references).flat()) bytes.subarray(start, start + length).fill(0)
  return bytes.toString('hex')
}
