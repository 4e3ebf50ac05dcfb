import { decodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import type { AssuranceKind } from './assuranceKind'
import { formatAmount } from './formatAmount.ts'
import type { WatchedJob } from './hooks/useJob'

/**
 * Where a pending answer is: `open` to challenges, `quiet` when nobody challenged it in time, `defence` while its worker, or the
 * arbitrator, has to act, `lapsed` when that time ran out too.
 */
export type DisputePhase = 'open' | 'quiet' | 'defence' | 'lapsed'

/** What one side of a dispute does, or waits for; `by` in unix seconds is when its time ends. */
export type DisputeSide = { who: string; what: string; by?: number; acts: boolean }

/** A pending answer as a person has to know it. `until` in unix seconds is the end of its phase, where that has one. */
export type Dispute = { phase: DisputePhase; until: number; sides: DisputeSide[]; challengeBond?: bigint }

/**
 * What each side of a pending answer must do and by when; undefined when there is nothing to decide.
 * @param facts.now time of the chain in unix seconds
 */
export function disputeOf(
  job: WatchedJob,
  { assurance, now }: { assurance: AssuranceKind; now: number },
): Dispute | undefined {
  const { answer, challenge, payout } = job
  if (payout || answer?.pendingUntil === undefined) return undefined
  const until = challenge?.until ?? answer.pendingUntil
  const passed = now > until
  const phase = challenge ? (passed ? 'lapsed' : 'defence') : passed ? 'quiet' : 'open'
  const bond = challengeBondOf(job, assurance)
  const facts = { workerBond: job.order.bond, challengeBond: bond ?? 0n, until }
  const sides = assurance === 'quorum' ? quorumSides[phase](facts) : signedSides(assurance)[phase](facts)
  return { phase, until, sides, ...(bond !== undefined && { challengeBond: bond }) }
}

function challengeBondOf({ order }: WatchedJob, assurance: AssuranceKind): bigint | undefined {
  if (assurance !== 'optimistic') return undefined
  try {
    return decodeOptimisticTerms(order.assuranceData).challengeBond
  } catch {
    // Terms that cannot be read cannot be met either: the challenge is not offered.
    return undefined
  }
}

type Facts = { workerBond: bigint; challengeBond: bigint; until: number }
type Sides = Record<DisputePhase, (facts: Facts) => DisputeSide[]>

const finalizer = (what: string): DisputeSide => ({ who: 'Anyone', what, acts: true })

/** One worker signed the answer, and a proof decides. */
function signedSides(assurance: AssuranceKind): Sides {
  return {
    open: ({ workerBond, challengeBond, until }) => [
      assurance === 'optimistic'
        ? {
            who: 'Challenger',
            what: `Anyone who finds the answer wrong may challenge it with a bond of ${formatAmount(challengeBond)}. It comes back, with a part of the worker’s bond, if no proof arrives; it goes to the worker if one does.`,
            by: until,
            acts: true,
          }
        : {
            who: 'Chain',
            what: 'The chain draws by lot whether a proof is due. Anyone may record the draw.',
            by: until,
            acts: true,
          },
      {
        who: 'Worker',
        what: `Nothing to do yet. Its bond of ${formatAmount(workerBond)} stays locked, and it is paid if the answer stands.`,
        acts: false,
      },
      { who: 'Requester', what: 'May use the answer, knowing that it can still be overturned.', acts: false },
    ],
    quiet: () => [
      finalizer('Can have the contract pay the worker: the time for a challenge is over.'),
      { who: 'Worker', what: 'Is paid as soon as somebody asks the contract to.', acts: false },
    ],
    defence: ({ workerBond, challengeBond, until }) => [
      {
        who: 'Worker',
        what: `Must bring a proof of its answer, or loses its bond of ${formatAmount(workerBond)}. Its daemon does so by itself; anyone may do it for the worker.`,
        by: until,
        acts: true,
      },
      {
        who: 'Challenger',
        what:
          assurance === 'optimistic'
            ? `Waits. The bond of ${formatAmount(challengeBond)} goes to the worker if the proof holds, and comes back if none arrives.`
            : 'Waits. Nothing of its own is at stake.',
        acts: false,
      },
      { who: 'Requester', what: 'Pays only for an answer that stands; otherwise the job opens again.', acts: false },
    ],
    lapsed: ({ workerBond }) => [
      finalizer(
        `Can have the contract decide: no proof came in time. The worker loses ${formatAmount(workerBond)}, at least half of it to the requester, and the job opens again or is refunded.`,
      ),
      { who: 'Challenger', what: 'Gets its bond back, and the enforcer’s part of the worker’s.', acts: false },
    ],
  }
}

/** Several workers answered, and not enough of them agree. */
const quorumSides: Sides = {
  open: ({ until }) => [
    {
      who: 'Anyone',
      what: 'The workers do not agree. May pay the arbitrator that the order names to say which answer is right; the price comes back from the bonds of those who were wrong.',
      by: until,
      acts: true,
    },
    { who: 'Workers', what: 'Wait; their bonds stay locked.', acts: false },
  ],
  quiet: () => [
    finalizer(
      'Can have the contract decide: nobody paid the arbitrator, so the job opens again, or is refunded, and those who revealed get their bonds back.',
    ),
  ],
  defence: ({ until }) => [
    { who: 'Arbitrator', what: 'Must say which of the answers is right.', by: until, acts: true },
    finalizer('Can have the contract carry the ruling out, as soon as there is one.'),
    { who: 'Workers', what: 'Wait. Who gave an answer that is ruled wrong loses its bond.', acts: false },
  ],
  lapsed: () => [
    finalizer(
      'Can have the contract decide: the ruling counts if one was made in time; without one the job opens again or is refunded.',
    ),
  ],
}
