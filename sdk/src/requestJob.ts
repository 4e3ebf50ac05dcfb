import { type Address, encodeFunctionData, type Hash, type Hex, zeroAddress } from 'viem'
import { getBlock, readContract } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { EncodedInput } from './encodeInput.ts'
import { getBalance } from './getBalance.ts'
import { getModel } from './getModel.ts'
import { parseJobEvents } from './jobEvents.ts'
import { hashOrder, type JobOrder } from './order.ts'
import { accountOf, type SendOptions, sendCall } from './sendCall.ts'

/** Defaults of an order: durations in seconds, fee in basis points. */
export const orderDefaults = { rampSeconds: 60, claimSeconds: 600, proveSeconds: 300, maxFeeBps: 500 } as const

/** Terms of an order; what is left out gets a default. Money in the token's smallest unit. */
export type OrderTerms = {
  modelId: Hex
  input: Pick<EncodedInput, 'inputCommitment' | 'inputRoot' | 'inputCid'>
  /** The most the job may cost; escrowed in full, and what is not needed comes back at the claim. */
  maxPrice: bigint
  /** Where the price starts to climb; half of `maxPrice`, and at least the model's floor price, unless told. */
  minPrice?: bigint
  token?: Address
  rampSeconds?: number
  /** How long the job can be claimed. */
  claimSeconds?: number
  /** How long a worker has from its claim. */
  proveSeconds?: number
  /** Time from now after which anyone can end the job; the claim time and twice the proving time unless told. */
  finalSeconds?: number
  assurance?: Address
  assuranceData?: Hex
  /** Worker's stake that a claim locks; `maxPrice` unless told. */
  bond?: bigint
  allowedWorker?: Address
  minContributions?: number
  callback?: Address
  callbackGas?: number
  maxFeeBps?: number
  /** Unused number of the requester's; the lowest unused one unless told. Warning: tell it when sending in parallel. */
  nonce?: bigint
}

/** The order offers nothing. */
export class PriceZeroError extends Error {
  override readonly name = 'PriceZeroError'

  constructor() {
    super('The price is 0 ETH; a job has to offer more than nothing.')
  }
}

/** The mined transaction does not speak of the job: a wallet replaced it, or SDK and contracts do not belong together. */
export class JobMismatchError extends Error {
  override readonly name = 'JobMismatchError'
  readonly expected: Hex
  readonly hash: Hash

  constructor({ expected, hash }: { expected: Hex; hash: Hash }) {
    super(
      `Transaction ${hash} has no event of job ${expected}; unless a wallet replaced it, update the SDK to the deployed contracts.`,
    )
    this.expected = expected
    this.hash = hash
  }
}

/**
 * Builds an order for the client's account from terms and defaults, as of the chain's clock.
 * @throws PriceZeroError; viem's ContractFunctionExecutionError with ModelUnknown
 */
export async function buildOrder(
  client: MarketClient,
  { deployment, terms }: { deployment: Deployment; terms: OrderTerms },
): Promise<JobOrder> {
  const requester = accountOf(client).address
  const { maxPrice } = terms
  if (maxPrice <= 0n) throw new PriceZeroError()
  const [model, block, nonce] = await Promise.all([
    getModel(client, { deployment, modelId: terms.modelId }),
    getBlock(client, { blockTag: 'latest' }),
    terms.nonce ?? findNonce(client, { deployment, requester }),
  ])
  // A quiet chain's last block may be old, and a local chain's clock may run ahead: the later of the two is now.
  const now = Math.max(Number(block.timestamp), Math.floor(Date.now() / 1000))
  const half = (maxPrice + 1n) / 2n > model.floorPrice ? (maxPrice + 1n) / 2n : model.floorPrice
  const claimSeconds = terms.claimSeconds ?? orderDefaults.claimSeconds
  const proveSeconds = terms.proveSeconds ?? orderDefaults.proveSeconds
  return {
    requester,
    token: terms.token ?? zeroAddress,
    minPrice: terms.minPrice ?? (half < maxPrice ? half : maxPrice),
    maxPrice,
    rampStart: now,
    rampSeconds: terms.rampSeconds ?? orderDefaults.rampSeconds,
    claimDeadline: now + claimSeconds,
    proveSeconds,
    finalDeadline: now + (terms.finalSeconds ?? claimSeconds + 2 * proveSeconds),
    modelId: terms.modelId,
    inputCommitment: terms.input.inputCommitment,
    inputRoot: terms.input.inputRoot,
    inputCid: terms.input.inputCid,
    assurance: terms.assurance ?? deployment.addresses.proofAssurance,
    assuranceData: terms.assuranceData ?? '0x',
    bond: terms.bond ?? maxPrice,
    allowedWorker: terms.allowedWorker ?? zeroAddress,
    minContributions: terms.minContributions ?? 0,
    callback: terms.callback ?? zeroAddress,
    callbackGas: terms.callbackGas ?? 0,
    maxFeeBps: terms.maxFeeBps ?? orderDefaults.maxFeeBps,
    nonce,
  }
}

/**
 * Requests a job: builds its order, escrows `maxPrice` from the account's free balance topped up by the transaction's
 * value, and waits until it is mined. The input must be on IPFS before (see addContent), or no worker will claim.
 * @returns the job's id, its order, the transaction's hash and the block it is in
 * @throws PriceZeroError, JobMismatchError, AccountMissingError, TransactionRevertedError, viem's errors
 */
export async function requestJob(
  client: MarketClient,
  { deployment, terms, ...options }: SendOptions & { deployment: Deployment; terms: OrderTerms },
): Promise<{ jobId: Hex; order: JobOrder; hash: Hash; blockNumber: bigint }> {
  const order = await buildOrder(client, { deployment, terms })
  const jobId = hashOrder(order, deployment)
  const balance = await getBalance(client, { deployment, account: order.requester, token: order.token })
  const missing = order.maxPrice > balance.free ? order.maxPrice - balance.free : 0n
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'requestJob', args: [order] }),
    value: order.token === zeroAddress ? missing : 0n,
  })
  const events = parseJobEvents(receipt.logs, deployment.addresses.jobMarket)
  if (!events.some((event) => event.name === 'JobRequested' && event.jobId === jobId)) {
    throw new JobMismatchError({ expected: jobId, hash: receipt.transactionHash })
  }
  return { jobId, order, hash: receipt.transactionHash, blockNumber: receipt.blockNumber }
}

/**
 * Finds the lowest unused nonce of an account whose nonces were used in order: doubles, then halves.
 * Nonces close together share a storage slot, which saves the requester 17,100 gas.
 */
export async function findNonce(
  client: MarketClient,
  { deployment, requester }: { deployment: Pick<Deployment, 'addresses'>; requester: Address },
): Promise<bigint> {
  const used = (nonce: bigint) =>
    readContract(client, {
      address: deployment.addresses.jobMarket,
      abi: jobMarketAbi,
      functionName: 'nonceUsed',
      args: [requester, nonce],
    })
  let low = -1n
  let high = 0n
  while (await used(high)) {
    low = high
    high = high * 2n + 1n
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (await used(middle)) low = middle
    else high = middle
  }
  return high
}
