import { network } from 'hardhat'
import { deployOn } from '../../deploy/deploy.ts'
import type { JobOrderStruct } from '../../types/ethers/contracts/JobMarket.ts'
// Gives getContractAt and deployContract the generated types of our contracts.
import type {} from '../../types/ethers/hardhat.d.ts'
import { keyBytes, type ProofWords, proveAnswer } from '../fixtures/groth16/proveAnswer.ts'

/** Block time at which every market in these tests starts; orders are written relative to it. */
export const genesis = 2_000_000_000

export const nativeToken = `0x${'0'.repeat(40)}` as const
export const zeroHash = `0x${'0'.repeat(64)}` as const
export const graphId = `0x${'11'.repeat(32)}` as const
export const manifestCid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
export const inputCommitment = 1_234_567_890_123_456_789_012_345_678_901_234_567_890n

/** Values of the contracts' enums. */
export const jobState = { none: 0, requested: 1, claimed: 2, settled: 5, refunded: 6, cancelled: 7 } as const
export const setupKind = { insecureDev: 0, ownerOnly: 1, ceremony: 2 } as const

/** A signed statement with every member but its dynamic one a single word. */
export type Order = JobOrderStruct

/** Opens a fresh chain with the market deployed, one model registered by `owner`, and two staked workers. */
export async function openMarket() {
  const connection = await network.create({
    network: 'default',
    override: { chainId: 31_337, initialDate: new Date(genesis * 1000) },
  })
  const { ethers, networkHelpers } = connection
  const deployment = await deployOn(connection)
  const market = await ethers.getContractAt('JobMarket', deployment.jobMarket)
  const models = await ethers.getContractAt('ModelRegistry', deployment.modelRegistry)
  const workers = await ethers.getContractAt('WorkerRegistry', deployment.workerRegistry)
  const verifier = await ethers.getContractAt('ProofVerifier', deployment.proofVerifier)
  const [deployer, requester, worker, owner, otherWorker, stranger] = await ethers.getSigners()
  if (!deployer || !requester || !worker || !owner || !otherWorker || !stranger)
    throw new Error('Six accounts are needed.')

  const params = {
    graphId,
    manifestCid,
    supersedes: zeroHash,
    royaltyBps: 500,
    floorPrice: 1_000n,
    setup: { kind: setupKind.insecureDev, contributions: 0, transcriptHash: zeroHash },
  }
  const key = keyBytes()
  const sample = await proveAnswer({ inputCommitment: 5n, binding: 9n })
  await models.connect(owner).registerModel(params, key, sample)
  const modelId = await models.computeModelId(graphId, ethers.keccak256(key), owner.address)
  for (const operator of [worker, otherWorker]) {
    await workers.connect(operator).registerWorker(operator.address, manifestCid, { value: 10n ** 18n })
  }

  const fakeOrder = (overrides: Partial<Order> = {}): Order => ({
    requester: requester.address,
    token: nativeToken,
    minPrice: 10n ** 15n,
    maxPrice: 2n * 10n ** 15n,
    rampStart: genesis + 1_000,
    rampSeconds: 1_000,
    claimDeadline: genesis + 10_000,
    proveSeconds: 600,
    finalDeadline: genesis + 20_000,
    modelId,
    inputCommitment,
    inputRoot: `0x${'22'.repeat(32)}`,
    inputCid: `0x${'33'.repeat(32)}`,
    assurance: deployment.proofAssurance,
    assuranceData: '0x',
    bond: 10n ** 16n,
    allowedWorker: nativeToken,
    minContributions: 0,
    callback: nativeToken,
    callbackGas: 0,
    maxFeeBps: 500,
    nonce: 0n,
    ...overrides,
  })

  /** What a worker hands in: the real answer with a fresh proof bound to this order and this worker. */
  const answer = async (order: Order, workerAddress: string) => {
    const binding = await market.bindingOf(await market.hashOrder(order), workerAddress)
    const { proof, signals } = await proveAnswer({ inputCommitment: BigInt(order.inputCommitment), binding })
    return { proof, signals, result: resultOf(proof, signals) }
  }

  const resultOf = (proof: ProofWords, signals: bigint[]) => ({
    outputs: signals.slice(0, -2),
    evidence: ethers.AbiCoder.defaultAbiCoder().encode(['uint256[8]'], [proof]),
  })

  return {
    connection,
    ethers,
    networkHelpers,
    deployment,
    market,
    models,
    workers,
    verifier,
    key,
    modelId,
    params,
    sample,
    deployer,
    requester,
    worker,
    owner,
    otherWorker,
    stranger,
    fakeOrder,
    answer,
    resultOf,
  } as const
}

/** A fresh market, or the state right after {@link openMarket} of the one that this process opened first. */
let opened: Promise<{ market: Awaited<ReturnType<typeof openMarket>>; restore: () => Promise<void> }> | undefined

/** The market of {@link openMarket}, set back to its first state at each call. */
export async function freshMarket() {
  opened ??= openMarket().then(async (market) => {
    const snapshot = await market.networkHelpers.takeSnapshot()
    return { market, restore: () => snapshot.restore() }
  })
  const { market, restore } = await opened
  await restore()
  return market
}
