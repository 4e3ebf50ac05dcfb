import { type Address, type Hex, zeroAddress } from 'viem'
import type { Deployment, MarketClient } from './deployment.ts'
import type { EncodedInput } from './encodeInput.ts'
import { findNonce } from './findNonce.ts'
import { getModel } from './getModel.ts'
import { getTime } from './getTime.ts'
import type { JobOrder } from './order.ts'
import { accountOf } from './sendCall.ts'

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
  /** Unused number of the requester's; the lowest unused one unless told. Warning: tell it when sending in parallel, or signing several. */
  nonce?: bigint
  /** Account that pays and owns the job; the client's own unless told, for a contract's order that its owner signs (ERC-1271). */
  requester?: Address
}

/** The order offers nothing. */
export class PriceZeroError extends Error {
  override readonly name = 'PriceZeroError'

  constructor() {
    super('The price is 0 ETH; a job has to offer more than nothing.')
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
  const requester = terms.requester ?? accountOf(client).address
  const { maxPrice } = terms
  if (maxPrice <= 0n) throw new PriceZeroError()
  const [model, now, nonce] = await Promise.all([
    getModel(client, { deployment, modelId: terms.modelId }),
    getTime(client),
    terms.nonce ?? findNonce(client, { deployment, requester }),
  ])
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
