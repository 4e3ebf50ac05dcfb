import type { JobEvent } from '@assay/sdk/jobEvents'
import type { Stage } from './components/JobStages'
import { formatAmount } from './formatAmount'
import { formatClock, formatDuration } from './formatTime'
import type { WatchedJob } from './hooks/useJob'

type Draft = { name: string; text: string; event?: JobEvent | undefined }

/**
 * The stages of a proved job as a person reads them: the four of its life, or those it reached and how it ended without an answer.
 * @param times unix seconds of each block number
 * @param now unix seconds
 */
export function jobStages(job: WatchedJob, times: ReadonlyMap<bigint, number>, now: number): Stage[] {
  const end = endWithoutAnswer(job)
  const life = [requested(job), claimed(job, now), proved(job, now), settled(job)]
  const drafts = end ? [...life.filter((draft) => draft.event), ended(job, end)] : life
  const next = drafts.findIndex((draft) => draft.event === undefined)
  return drafts.map(({ name, text, event }, index) => ({
    name,
    text,
    at: event && times.get(event.blockNumber),
    transactionHash: event?.transactionHash,
    state: event && event === end ? 'failed' : event ? 'done' : index === next ? 'current' : 'ahead',
  }))
}

/** The event that ended a job without an answer, if one did. */
export function endWithoutAnswer(job: WatchedJob): JobEvent | undefined {
  return job.events.find((event) => event.name === 'JobCancelled' || event.name === 'JobRefunded')
}

function requested(job: WatchedJob): Draft {
  return {
    name: 'Requested',
    text: `${formatAmount(job.order.maxPrice)} went into escrow: the contract holds it until a proof is accepted or it goes back.`,
    event: job.events.find((event) => event.name === 'JobRequested'),
  }
}

function claimed(job: WatchedJob, now: number): Draft {
  const name = 'Claimed'
  if (job.claim) {
    const bond = job.order.bond > 0n ? `, and put up ${formatAmount(job.order.bond)} of its own as a bond` : ''
    const text = `A worker took the job for ${formatAmount(job.claim.price)}${bond}.`
    return { name, text, event: job.events.findLast((event) => event.name === 'JobClaimed') }
  }
  const expired = job.events.some((event) => event.name === 'JobExpired')
  const again = expired ? 'A worker missed its time and lost its bond; the job is open again. ' : ''
  const { claimDeadline } = job.order
  const left = claimDeadline - now
  if (left <= 0) {
    return {
      name,
      text: `${again}No worker took it in time. None can any more, so the escrow can be returned in full.`,
    }
  }
  return {
    name,
    text: `${again}Waiting for a worker to take it. That takes seconds while one is running; if none does by ${formatClock(claimDeadline, now)} (in ${formatDuration(left)}), you can take everything back.`,
  }
}

function proved(job: WatchedJob, now: number): Draft {
  const name = 'Proved'
  const event = job.events.find((candidate) => candidate.name === 'JobAnswered')
  if (event) return { name, event, text: 'The contract checked the worker’s proof and accepted the answer.' }
  if (!job.claim) return { name, text: 'The worker will run the model and prove its answer.' }
  const until = formatClock(job.claim.due, now)
  if (now > job.claim.due) return { name, text: `The worker had until ${until} and missed it. Its claim can be ended.` }
  return {
    name,
    text: `The worker is running the model and making the proof. It has until ${until}; after that it loses its bond and the job opens again.`,
  }
}

function settled(job: WatchedJob): Draft {
  const event = job.events.find((candidate) => candidate.name === 'JobSettled')
  const text = event
    ? 'The contract paid everybody and returned the surplus.'
    : 'The contract will pay the worker, the model’s owner and the fee, from the escrow and nothing else.'
  return { name: 'Settled', event, text }
}

function ended(job: WatchedJob, event: JobEvent): Draft {
  const back = `All ${formatAmount(event.name === 'JobRefunded' ? event.amount : job.order.maxPrice)} went back to the requester.`
  return event.name === 'JobCancelled'
    ? { name: 'Cancelled', event, text: `The requester withdrew the job before a worker took it. ${back}` }
    : { name: 'Refunded', event, text: `No worker proved an answer in time. ${back}` }
}
