import { type MarketChain, readBlockTime } from './marketChain.ts'
import type { OutboxEntry, Store, StoredJob } from './store.ts'

/**
 * Whether nothing can come of an entry of the outbox any more: each of its jobs is over, or its time is. Its nonce has to be used all the same.
 * @throws RetryableError when the chain does not tell the time
 */
export async function isAbandoned(
  { jobIds, kind }: Pick<OutboxEntry, 'jobIds' | 'kind'>,
  { chain, store }: { chain: MarketChain; store: Pick<Store, 'job'> },
): Promise<boolean> {
  const jobs = jobIds.flatMap((jobId) => store.job(jobId) ?? [])
  if (jobs.length === 0 || jobs.length < jobIds.length) return false
  // This machine's clock may be wrong, and a claimed job that is answered late by it may be in time.
  const now = await readBlockTime(chain)
  const lastSecond = ({ order, due }: StoredJob) => (kind === 'claim' ? order.claimDeadline : due)
  return jobs.every((job) => job.status !== 'open' || now > (lastSecond(job) ?? Number.POSITIVE_INFINITY))
}
