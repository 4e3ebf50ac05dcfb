import type { JobState } from '@assay/sdk/getJob'
import type { Address, Hex } from 'viem'

/** An event of an answer that did not come with a proof, as a list of disputes reads it. */
export type DisputeMark = { block: bigint; jobId: Hex } & (
  | { name: 'AnswerPending' }
  | { name: 'JobChallenged' | 'JobOverturned'; challenger: Address }
)

/** What was decided of a challenged answer: it stood, it was overturned, or the job ended without a decision. */
export type Decision = 'stood' | 'overturned' | 'given up'

/** A challenge that is over, and the block in which it was made; one that showed two answers of a worker was a verdict at once. */
export type DecidedDispute = { jobId: Hex; challenger: Address; block: bigint; decision: Decision }

/**
 * What became of each challenge that is over.
 * @param marks newest first, with every one that is newer than a challenge among them
 * @param states present states of the jobs
 */
export function decidedDisputes(marks: readonly DisputeMark[], states: ReadonlyMap<Hex, JobState>): DecidedDispute[] {
  // What came of an answer comes after it, so each job is told from its newest event on.
  const later = new Map<Hex, DisputeMark>()
  const decided: DecidedDispute[] = []
  for (const mark of marks) {
    const { jobId, block } = mark
    const next = later.get(jobId)
    later.set(jobId, mark)
    const isOverturned = next?.name === 'JobOverturned'
    if (mark.name === 'AnswerPending' && isOverturned)
      decided.push({ jobId, challenger: next.challenger, block: next.block, decision: 'overturned' })
    if (mark.name !== 'JobChallenged') continue
    // Only the newest challenge of a job can be undecided, and its end is told by the job's state.
    const decision = isOverturned ? 'overturned' : endOf(states.get(jobId))
    if (decision) decided.push({ jobId, challenger: mark.challenger, block, decision })
  }
  return decided
}

function endOf(state: JobState | undefined): Decision | undefined {
  if (state === 'Settled') return 'stood'
  return state === 'Refunded' || state === 'Cancelled' ? 'given up' : undefined
}
