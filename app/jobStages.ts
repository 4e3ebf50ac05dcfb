import type { JobEvent, JobEventName } from '@assay/sdk/jobEvents'
import type { AssuranceKind } from './assuranceKind'
import type { Stage } from './components/JobStages'
import { coin, formatAmount, type Token } from './formatAmount.ts'
import { formatClock, formatDuration } from './formatTime.ts'
import type { WatchedJob } from './hooks/useJob'

type Draft = { name: string; text: string; event?: JobEvent | undefined }

/** What a job's stages are told with: unix seconds of each block number and now, and what the order pays in. */
export type StageFacts = {
  times: ReadonlyMap<bigint, number>
  now: number
  assurance: AssuranceKind
  token?: Token | undefined
}

/**
 * The stages of a job as a person reads them: those of its life, a dispute among them if there is one, or those it reached and how it
 * ended without an answer.
 */
export function jobStages(job: WatchedJob, facts: StageFacts): Stage[] {
  const end = endWithoutAnswer(job)
  const life = [
    requested(job, facts),
    claimed(job, facts),
    answered(job, facts),
    ...challenged(job, facts),
    settled(job),
  ]
  const drafts = end ? [...life.filter((draft) => draft.event), ended(job, { event: end, ...facts })] : life
  const next = drafts.findIndex((draft) => draft.event === undefined)
  return drafts.map(({ name, text, event }, index) => ({
    name,
    text,
    at: event && facts.times.get(event.blockNumber),
    transactionHash: event?.transactionHash,
    state: event && event === end ? 'failed' : event ? 'done' : index === next ? 'current' : 'ahead',
  }))
}

/** The event that ended a job without an answer, if one did. */
export function endWithoutAnswer(job: WatchedJob): JobEvent | undefined {
  return job.events.find((event) => event.name === 'JobCancelled' || event.name === 'JobRefunded')
}

function last(job: WatchedJob, name: JobEventName): JobEvent | undefined {
  return job.events.findLast((event) => event.name === name)
}

function requested(job: WatchedJob, { token = coin }: StageFacts): Draft {
  const amount = formatAmount(job.order.maxPrice, token)
  return {
    name: 'Requested',
    text: `${amount} went into escrow: the contract holds it until an answer is accepted or it goes back.`,
    event: last(job, 'JobRequested'),
  }
}

function claimed(job: WatchedJob, { now, assurance, token = coin }: StageFacts): Draft {
  const name = 'Claimed'
  if (job.claim) {
    const bond = job.order.bond > 0n ? `, and put up ${formatAmount(job.order.bond)} of its own as a bond` : ''
    const who = assurance === 'quorum' ? 'Workers' : 'A worker'
    const text = `${who} took the job for ${formatAmount(job.claim.price, token)}${bond}.`
    return { name, text, event: last(job, 'JobClaimed') }
  }
  // In an open race the first proof claims and settles at once.
  if (job.payout)
    return { name, text: 'The job was won in an open race by the first proof.', event: last(job, 'JobSettled') }
  const attempt = failedAttempt(job)
  const again = attempt ? `${attempt}; the job is open again. ` : ''
  const { claimDeadline } = job.order
  const left = claimDeadline - now
  if (left <= 0)
    return {
      name,
      text: `${again}No worker took it in time. None can any more, so the escrow can be returned in full.`,
    }
  return {
    name,
    text: `${again}Waiting for a worker to take it. That takes seconds while one is running; if none does by ${formatClock(claimDeadline, now)} (in ${formatDuration(left)}), everything can be taken back.`,
  }
}

/** What became of the last worker that held the job and was not paid, without a full stop; undefined when there was none. */
function failedAttempt(job: WatchedJob): string | undefined {
  const event = job.events.findLast(
    ({ name }) => name === 'JobExpired' || name === 'JobOverturned' || name === 'JobReleased',
  )
  if (event?.name === 'JobExpired') return 'A worker missed its time and lost its bond'
  if (event?.name === 'JobOverturned') return 'A worker’s answer was not defended, so it lost its bond'
  if (event?.name === 'JobReleased') return 'A worker gave the job back for a part of its bond'
  return undefined
}

function answered(job: WatchedJob, facts: StageFacts): Draft {
  const { now, assurance } = facts
  const name = assurance === 'proof' ? 'Proved' : 'Answered'
  const act = assurance === 'proof' ? 'making the proof' : 'signing its answer'
  if (job.answer) return { name, event: last(job, 'JobAnswered'), text: answerText(job, facts) }
  if (!job.claim) {
    const text = assurance === 'proof' ? 'prove its answer' : 'hand in its answer'
    return { name, text: `The worker will run the model and ${text}.` }
  }
  const until = formatClock(job.claim.due, now)
  if (now > job.claim.due) return { name, text: `The worker had until ${until} and missed it. Its claim can be ended.` }
  return {
    name,
    text: `The worker is running the model and ${act}. It has until ${until}; after that it loses its bond and the job opens again.`,
  }
}

function answerText({ answer, challenge, payout }: WatchedJob, { now }: StageFacts): string {
  const until = answer?.pendingUntil
  if (until === undefined) return 'The contract checked the worker’s proof and accepted the answer.'
  if (challenge) return 'The worker signed its answer, without a proof.'
  if (payout) return 'The worker signed its answer, without a proof, and nobody challenged it.'
  if (now > until) return 'The worker signed its answer, and nobody challenged it in time. It can be paid now.'
  return `The worker signed its answer, without a proof. It can be challenged until ${formatClock(until, now)} (for ${formatDuration(until - now)} more).`
}

function challenged(job: WatchedJob, { now, assurance }: StageFacts): Draft[] {
  if (!job.challenge) return []
  const { until } = job.challenge
  const due = assurance === 'quorum' ? 'The arbitrator has to rule' : 'The worker has to prove it'
  const text = job.payout
    ? 'The answer was doubted, and it stood.'
    : now > until
      ? `The answer was doubted. Time ran out at ${formatClock(until, now)}; anyone can have the contract decide.`
      : `The answer is doubted. ${due} by ${formatClock(until, now)} (in ${formatDuration(until - now)}).`
  return [{ name: 'Challenged', text, event: last(job, 'JobChallenged') }]
}

function settled(job: WatchedJob): Draft {
  const event = last(job, 'JobSettled')
  const text = event
    ? 'The contract paid everybody and returned the surplus.'
    : 'The contract will pay the worker, the model’s owner and the fee, from the escrow and nothing else.'
  return { name: 'Settled', event, text }
}

function ended(job: WatchedJob, { event, token = coin }: StageFacts & { event: JobEvent }): Draft {
  const back = formatAmount(event.name === 'JobRefunded' ? event.amount : job.order.maxPrice, token)
  const all = `All ${back} went back to the requester.`
  const attempt = failedAttempt(job)
  const reason = attempt
    ? `${attempt}, and no other’s was accepted in time.`
    : 'No worker’s answer was accepted in time.'
  return event.name === 'JobCancelled'
    ? { name: 'Cancelled', event, text: `The requester withdrew the job before a worker took it. ${all}` }
    : { name: 'Refunded', event, text: `${reason} ${all}` }
}
