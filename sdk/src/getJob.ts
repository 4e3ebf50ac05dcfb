import type { Address, Hash, Hex } from 'viem'
import { getBlockNumber, readContract } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { getJobEvents, type JobEvent, logRangeBlocks } from './jobEvents.ts'
import type { JobOrder } from './order.ts'

/** States of a job, in the order of the contract's enum. */
export const jobStates = [
  'None',
  'Requested',
  'Claimed',
  'Answered',
  'Challenged',
  'Settled',
  'Refunded',
  'Cancelled',
] as const

/** State of a job on chain. */
export type JobState = (typeof jobStates)[number]

/** States that a job never leaves. */
export const terminalStates: readonly JobState[] = ['Settled', 'Refunded', 'Cancelled']

/** Who was paid what for a job; the price is the sum of the three. */
export type Payout = { worker: Address; workerShare: bigint; royalty: bigint; fee: bigint }

/** All that the chain tells of one job. */
export type Job = {
  jobId: Hex
  state: JobState
  order: JobOrder
  requestHash: Hash
  requestBlock: bigint
  /** Platform's share in basis points, fixed when the job left None. */
  feeBps: number
  /** The claim of the worker that holds the job, or held it when it was answered. */
  claim?: { worker: Address; price: bigint; due: number }
  /** The answer's packed words and the transaction that carried it; `pendingUntil` (unix seconds) when it can be challenged until then. */
  answer?: { worker: Address; outputs: readonly bigint[]; hash: Hash; pendingUntil?: number }
  /** Who challenged the answer, and until when it can be defended. */
  challenge?: { challenger: Address; until: number; hash: Hash }
  payout?: Payout
  /** What went back to the requester's free balance when the job was refunded. */
  refunded?: bigint
  /** All events of the job, oldest first. */
  events: JobEvent[]
}

/** No job with this id was requested in the blocks that were searched. */
export class JobUnknownError extends Error {
  override readonly name = 'JobUnknownError'
  readonly jobId: Hex

  constructor({ jobId, fromBlock, market }: { jobId: Hex; fromBlock: bigint; market: Address }) {
    super(
      `No job ${jobId} was requested of the market ${market} since block ${fromBlock}; check the id and the network.`,
    )
    this.jobId = jobId
  }
}

/**
 * Reads one job: its state from storage, its order, answer and payout from its events, which are searched from the newest block back to
 * the request; an unknown job is found out without a search.
 * @param parameters.fromBlock oldest block to search; the market's deployment unless told
 * @throws JobUnknownError
 */
export async function getJob(
  client: MarketClient,
  { deployment, jobId, fromBlock }: { deployment: Deployment; jobId: Hex; fromBlock?: bigint },
): Promise<Job> {
  const first = fromBlock ?? BigInt(deployment.deploymentBlock)
  const market = deployment.addresses.jobMarket
  const [head, stored] = await Promise.all([
    getBlockNumber(client, { cacheTime: 0 }),
    readContract(client, { address: market, abi: jobMarketAbi, functionName: 'jobOf', args: [jobId] }),
  ])
  const state = jobStates[stored.state] ?? 'None'
  const events: JobEvent[] = []
  for (let to = head; state !== 'None' && to >= first; to -= logRangeBlocks) {
    const from = to - logRangeBlocks + 1n
    const range = { fromBlock: from > first ? from : first, toBlock: to }
    events.unshift(...(await getJobEvents(client, { deployment, jobId, ...range })))
    if (events[0]?.name === 'JobRequested') break
  }
  const job = foldEvents(events)
  if (job === undefined) throw new JobUnknownError({ jobId, fromBlock: first, market })
  return { ...job, state, feeBps: stored.feeBps }
}

/** What a job's events say of it; undefined without its request among them. */
export function foldEvents(events: JobEvent[]): Omit<Job, 'state' | 'feeBps'> | undefined {
  const request = events.find((event) => event.name === 'JobRequested')
  if (request === undefined) return undefined
  const { jobId, order, transactionHash: requestHash, blockNumber: requestBlock } = request
  const job: Omit<Job, 'state' | 'feeBps'> = { jobId, order, requestHash, requestBlock, events }
  for (const event of events) foldEvent(job, event)
  return job
}

function foldEvent(job: Omit<Job, 'state' | 'feeBps'>, event: JobEvent): void {
  switch (event.name) {
    case 'JobClaimed':
      job.claim = { worker: event.worker, price: event.price, due: event.due }
      break
    case 'JobExpired':
    case 'JobReleased':
      delete job.claim
      break
    case 'JobAnswered':
      job.answer = { worker: event.worker, outputs: event.outputs, hash: event.transactionHash }
      break
    case 'AnswerPending':
      if (job.answer !== undefined) job.answer.pendingUntil = event.until
      break
    case 'JobChallenged':
      job.challenge = { challenger: event.challenger, until: event.until, hash: event.transactionHash }
      break
    case 'JobOverturned':
      delete job.claim
      delete job.answer
      delete job.challenge
      break
    case 'JobSettled': {
      const { worker, workerShare, royalty, fee } = event
      job.payout = { worker, workerShare, royalty, fee }
      break
    }
    case 'JobRefunded':
      job.refunded = event.amount
      break
  }
}
