import type { Network } from '@assay/sdk/deployment'
import { hashOrder } from '@assay/sdk/order'
import { type Address, isAddressEqual, zeroAddress } from 'viem'
import type { WorkerConfig } from './config.ts'
import { JobRefusedError, type ReasonCode, RetryableError } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'
import { readFreeStake, readPrice } from './marketChain.ts'
import type { StageParts } from './stageParts.ts'
import type { StoredJob } from './store.ts'

/**
 * Decides whether this worker may and can answer an unclaimed job, from the order, the model's files, the chain's clock, its stake and
 * what its executors can do.
 * @returns the model, its files and a place with the executors held until released, and the job's price in wei, which only climbs
 * @throws JobRefusedError with a stable reason; RetryableError when the answer may change (price still climbing, stake locked, content away, executors busy)
 */
export async function admit(
  { jobId, order }: StoredJob,
  parts: StageParts,
  signal: AbortSignal,
): Promise<{ model: LoadedModel; price: bigint }> {
  const { chain, config, operator, loadModel } = parts
  const { network } = chain
  const { minPriceWei } = config.admission
  checkTerms({ jobId, order }, { network, config, operator: operator.address })

  const [{ price, now, blockTime }, free] = await Promise.all([
    readPrice(chain, order),
    readFreeStake(chain, operator.address),
  ])
  if (now > order.claimDeadline) {
    const detail = `The order could be claimed until ${order.claimDeadline}; it is ${now}, and ${blockTime} on the chain.`
    if (blockTime > order.claimDeadline) throw refuse('deadline-infeasible', detail)
    // Either nobody has mined since, or this machine's clock is wrong.
    throw new RetryableError({ reason: 'deadline-infeasible', detail })
  }
  if (price < minPriceWei) {
    const detail = `The price has climbed to ${price} wei; admission.minPriceWei is ${minPriceWei}.`
    throw new RetryableError({ reason: 'price-not-yet', detail })
  }
  if (free < order.bond) {
    const detail = `The order locks ${order.bond} wei of stake; ${free} are free: add stake or wait for other jobs to settle.`
    throw new RetryableError({ reason: 'stake-too-low', detail })
  }
  const model = await loadModel(order.modelId, signal)
  try {
    const giveBack = parts.capacity.reserve({ jobId, proveSeconds: order.proveSeconds }, model)
    const release = () => {
      giveBack()
      model.release()
    }
    return { model: { ...model, release }, price }
  } catch (error) {
    model.release()
    throw error
  }
}

/**
 * Refuses what an order alone says that this worker does not answer, without asking chain or content.
 * @throws JobRefusedError with a stable reason
 */
export function checkTerms(
  { jobId, order }: Pick<StoredJob, 'jobId' | 'order'>,
  { network, config, operator }: { network: Network; config: Pick<WorkerConfig, 'admission'>; operator: Address },
): void {
  const { minPriceWei, models, minProveSeconds } = config.admission

  if (hashOrder(order, network) !== jobId) throw refuse('order-mismatch', `The order's digest is not ${jobId}.`)
  if (!isAddressEqual(order.assurance, network.addresses.proofAssurance)) {
    throw refuse('assurance-unsupported', `The order wants the assurance ${order.assurance}; this worker proves only.`)
  }
  if (!isAddressEqual(order.allowedWorker, zeroAddress) && !isAddressEqual(order.allowedWorker, operator)) {
    throw refuse('worker-not-allowed', `The order is for the worker ${order.allowedWorker} alone.`)
  }
  if (!isAddressEqual(order.token, zeroAddress)) {
    throw refuse(
      'token-unsupported',
      `The order pays in the token ${order.token}; this worker takes the chain's own coin.`,
    )
  }
  if (models.length > 0 && !models.includes(order.modelId)) {
    throw refuse('model-not-listed', `The model ${order.modelId} is not among admission.models.`)
  }
  if (order.maxPrice < minPriceWei) {
    throw refuse(
      'price-too-low',
      `The order pays at most ${order.maxPrice} wei; admission.minPriceWei is ${minPriceWei}.`,
    )
  }
  if (order.proveSeconds < minProveSeconds) {
    throw refuse(
      'deadline-infeasible',
      `The order gives ${order.proveSeconds} s to prove; admission.minProveSeconds is ${minProveSeconds}.`,
    )
  }
}

function refuse(reason: ReasonCode, detail: string): JobRefusedError {
  return new JobRefusedError({ reason, detail })
}
