import type { Stage } from './components/JobStages'
import { formatAmount } from './formatAmount'
import { formatClock, formatDuration } from './formatTime'
import type { WatchedJob } from './hooks/useJob'

/**
 * The four stages of a proved job as a person reads them.
 * @param times unix seconds of each block number
 * @param now unix seconds
 */
export function jobStages(job: WatchedJob, times: ReadonlyMap<bigint, number>, now: number): Stage[] {
  const stages = [requested(job), claimed(job, now), proved(job, now), settled(job)]
  const placed = stages.map(({ event, ...stage }) => ({
    ...stage,
    at: event && times.get(event.blockNumber),
    transactionHash: event?.transactionHash,
  }))
  const ended = job.refunded !== undefined
  const next = placed.findIndex((stage) => stage.transactionHash === undefined)
  return placed.map((stage, index) => ({
    ...stage,
    state: stage.transactionHash ? 'done' : index !== next ? 'ahead' : ended ? 'failed' : 'current',
  }))
}

type Draft = { name: string; text: string; event?: WatchedJob['events'][number] | undefined }

function requested(job: WatchedJob): Draft {
  return {
    name: 'Requested',
    text: `${formatAmount(job.order.maxPrice)} went into escrow: the contract holds it until a proof is accepted or it goes back.`,
    event: job.events.find((event) => event.name === 'JobRequested'),
  }
}

function claimed(job: WatchedJob, now: number): Draft {
  const name = 'Claimed'
  const event = job.claim && job.events.findLast((candidate) => candidate.name === 'JobClaimed')
  if (job.claim) {
    const bond = job.order.bond > 0n ? `, and put up ${formatAmount(job.order.bond)} of its own as a bond` : ''
    return { name, event, text: `A worker took the job for ${formatAmount(job.claim.price)}${bond}.` }
  }
  if (job.events.some((candidate) => candidate.name === 'JobCancelled'))
    return { name, text: 'The requester withdrew the job before a worker took it. The whole escrow went back.' }
  if (job.refunded !== undefined) return { name, text: 'No worker took the job in time. The whole escrow went back.' }
  const left = job.order.claimDeadline - now
  const reopened = job.events.some((candidate) => candidate.name === 'JobExpired')
    ? 'A worker missed its time and lost its bond; the job is open again. '
    : ''
  if (left <= 0)
    return {
      name,
      text: `${reopened}Nobody took it in time. Nobody can any more, so the escrow can be returned in full.`,
    }
  return {
    name,
    text: `${reopened}Waiting for a worker to take it. That takes seconds while one is running; if nobody does by ${formatClock(job.order.claimDeadline, now)} (in ${formatDuration(left)}), you get everything back.`,
  }
}

function proved(job: WatchedJob, now: number): Draft {
  const name = 'Proved'
  const event = job.events.find((candidate) => candidate.name === 'JobAnswered')
  if (event) return { name, event, text: 'The contract checked the worker’s proof and accepted the answer.' }
  if (!job.claim) return { name, text: 'The worker will run the model and prove its answer.' }
  if (job.refunded !== undefined)
    return { name, text: 'The worker did not prove an answer in time. The escrow went back.' }
  return {
    name,
    text: `The worker is running the model and making the proof. It has until ${formatClock(job.claim.due, now)}; after that it loses its bond and the job opens again.`,
  }
}

function settled(job: WatchedJob): Draft {
  const event = job.events.find((candidate) => candidate.name === 'JobSettled')
  return {
    name: 'Settled',
    event,
    text: event
      ? 'The contract paid everybody and returned the surplus.'
      : 'The contract will pay the worker, the model’s owner and the fee, only from the escrow.',
  }
}
