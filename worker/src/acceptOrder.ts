import { getBalance } from '@assay/sdk/getBalance'
import { hashOrder } from '@assay/sdk/order'
import { parseOrderFile } from '@assay/sdk/orderFile'
import { preflightOrder } from '@assay/sdk/preflightOrder'
import type { PreflightReason } from '@assay/sdk/preflightReasons'
import { isAddressEqual } from 'viem'
import { checkTerms } from './admit.ts'
import type { WorkerConfig } from './config.ts'
import { JobRefusedError, RetryableError } from './jobErrors.ts'
import { callChain, type MarketChain, type Operator } from './marketChain.ts'
import type { Store, StoredJob } from './store.ts'

/** What signed orders are accepted with; `operator` is undefined until the registry has named it. */
export type OrderDesk = {
  chain: MarketChain
  config: Pick<WorkerConfig, 'admission' | 'orders'>
  store: Pick<Store, 'job' | 'openJobs' | 'addOrder'>
  operator: () => Operator | undefined
}

/** What stands against a claim now and may be gone when it comes to it: admission asks again. */
const passing: readonly PreflightReason[] = ['None', 'StakeTooLow', 'BondTooHigh']
/** What is wrong with the market or this worker, and not with the order. */
const ours: readonly PreflightReason[] = ['Paused', 'WorkerUnknown', 'SignerRevoked', 'RoleMissing']

/**
 * Accepts a signed order among the jobs to work on, where it goes through admission like any request. Before that its signature, nonce, terms and
 * the requester's balance are checked on chain, the balance with all that the requester has signed for here and nobody has claimed.
 * @param bytes an order file, see the sdk's encodeOrderFile
 * @throws OrderFileInvalidError, JobRefusedError with a stable reason; RetryableError when the answer may change
 */
export async function acceptOrder(bytes: Uint8Array, desk: OrderDesk): Promise<StoredJob['jobId']> {
  const { chain, config, store } = desk
  const { client, account, network } = chain
  const operator = desk.operator()
  if (operator === undefined) {
    throw new RetryableError({ reason: 'chain-unavailable', detail: 'The worker has not found its account yet.' })
  }
  const signed = parseOrderFile(bytes, network)
  const { order, signature } = signed
  const jobId = hashOrder(order, network)
  const known = store.job(jobId)
  if (known !== undefined && known.status !== 'declined') return jobId
  checkTerms({ jobId, order }, { network, config, operator: operator.address })

  const asked = { call: 'claimSigned', account: account.address, signature } as const
  const [{ reason, sentence }, { free }] = await callChain(() =>
    Promise.all([
      preflightOrder(client, { deployment: network, order, ...asked }),
      getBalance(client, { deployment: network, account: order.requester, token: order.token }),
    ]),
  )
  if (ours.includes(reason)) throw new RetryableError({ reason: 'claim-refused', detail: sentence })
  if (!passing.includes(reason)) {
    throw new JobRefusedError({ reason: 'claim-refused', detail: `The market would refuse the claim: ${sentence}` })
  }
  // From here on nothing waits, so no other order comes between the count and its place.
  checkRoom(signed, { desk, free })
  store.addOrder({ jobId, order, signature })
  return jobId
}

function checkRoom({ order }: Pick<StoredJob, 'order'>, { desk, free }: { desk: OrderDesk; free: bigint }): void {
  const { maxOpen } = desk.config.orders
  const waiting = desk.store.openJobs().filter(({ signature, due }) => signature !== undefined && due === undefined)
  if (waiting.length >= maxOpen) {
    const detail = `${waiting.length} signed orders wait here, and orders.maxOpen is ${maxOpen}; post it again later.`
    throw new RetryableError({ reason: 'no-capacity', detail })
  }
  const promised = waiting
    .filter((job) => isAddressEqual(job.order.requester, order.requester))
    .reduce((sum, job) => sum + job.order.maxPrice, 0n)
  if (promised + order.maxPrice <= free) return
  const detail = `The requester has ${free} wei free in the market and its orders here promise ${promised}, so ${order.maxPrice} more are not covered; deposit the rest.`
  throw new JobRefusedError({ reason: 'balance-too-low', detail })
}
