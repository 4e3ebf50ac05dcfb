import type { BadgeKind } from './components/Badge'
import type { WatchedJob } from './hooks/useJob'

/** What stands behind an answer, in a few words; `block` is where the contract accepted its proof. */
export type AnswerMark = { kind: BadgeKind; text: string; block?: bigint }

/** Says of an answer whether a proof of it was accepted, and if none was, how far it is decided. Green only ever means a proof. */
export function answerMark({ answer, challenge, payout, events }: WatchedJob): AnswerMark {
  if (answer?.pendingUntil === undefined) {
    const block = events.findLast(({ name }) => name === 'JobAnswered')?.blockNumber
    return { kind: 'proved', text: 'Proof accepted', ...(block !== undefined && { block }) }
  }
  if (payout) {
    return challenge
      ? { kind: 'plain', text: 'Stood when challenged' }
      : { kind: 'plain', text: 'Unchallenged, no proof' }
  }
  return challenge ? { kind: 'failed', text: 'Challenged' } : { kind: 'waiting', text: 'Signed, not final' }
}
