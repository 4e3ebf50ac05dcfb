import { getJobEvents } from '@assay/sdk/jobEvents'
import { RetryableError } from './jobErrors.ts'
import type { Settlement } from './jobEvents.ts'
import { callChain } from './marketChain.ts'
import type { StageParts } from './stageParts.ts'
import type { StoredJob } from './store.ts'

/**
 * Records what a settled job earned, as the market's event says.
 * @throws RetryableError when the event cannot be read yet
 */
export async function settle({ jobId, requestBlock }: StoredJob, { chain, store }: StageParts): Promise<Settlement> {
  const events = await callChain(() =>
    getJobEvents(chain.client, { deployment: chain.network, jobId, fromBlock: BigInt(requestBlock) }),
  )
  const settled = events.find((event) => event.name === 'JobSettled')
  if (settled?.name !== 'JobSettled') {
    throw new RetryableError({
      reason: 'chain-unavailable',
      detail: `The event that settled job ${jobId} is not served yet.`,
    })
  }
  const { workerShare, royalty, fee, transactionHash } = settled
  const settlement = { workerShare, royalty, fee }
  store.patchJob(jobId, {
    status: 'settled',
    reason: undefined,
    detail: undefined,
    settlement,
    settledIn: transactionHash,
  })
  return settlement
}
