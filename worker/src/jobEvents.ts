import type { JobOrder } from '@assay/sdk/order'
import { type Address, type Hex, isAddressEqual } from 'viem'
import type { ReasonCode } from './jobErrors.ts'

/** What is to become of a job here. `open` jobs are worked on; all others wait for nothing but new events. */
export type JobStatus = (typeof jobStatuses)[number]

/** Every {@link JobStatus}. */
export const jobStatuses = ['open', 'declined', 'failed', 'lost', 'over', 'slashed', 'settled'] as const

/** An event of the market, as far as a worker cares. */
export type MarketEvent =
  | { type: 'requested'; jobId: Hex; order: JobOrder; block: number }
  | { type: 'claimed'; jobId: Hex; worker: Address; price: bigint; due: number }
  | { type: 'expired'; jobId: Hex; worker: Address }
  | { type: 'released'; jobId: Hex; worker: Address }
  | { type: 'cancelled'; jobId: Hex }
  | { type: 'refunded'; jobId: Hex }
  | ({ type: 'settled'; jobId: Hex; worker: Address; transactionHash: Hex } & Settlement)

/** How a job's price was split, in the token's smallest unit. */
export type Settlement = { workerShare: bigint; royalty: bigint; fee: bigint }

/** The part of a stored job that events change. */
export type JobFacts = {
  status: JobStatus
  reason?: ReasonCode | undefined
  price?: bigint | undefined
  due?: number | undefined
  settlement?: Settlement | undefined
  settledIn?: Hex | undefined
}

/**
 * What an event makes of a job that is already known. Applying the same events again changes nothing, so any range of blocks may be read twice.
 * The worker may have asked the chain how the job ended before it reads the events that led there; they then add what they tell.
 * @param operator this worker's operator account
 */
export function applyEvent(
  facts: JobFacts,
  event: Exclude<MarketEvent, { type: 'requested' }>,
  operator: Address,
): JobFacts {
  if (isForGood(facts)) return applyLate(facts, event, operator)
  switch (event.type) {
    case 'claimed':
      if (isAddressEqual(event.worker, operator)) {
        // A claim that was sent before the job was declined binds all the same.
        const status = facts.status === 'declined' || facts.status === 'lost' ? 'open' : facts.status
        return { ...facts, status, price: event.price, due: event.due }
      }
      return facts.status === 'open' ? { ...facts, status: 'lost', reason: 'claimed-by-other' } : facts
    case 'expired':
      if (isAddressEqual(event.worker, operator)) return { ...facts, status: 'slashed', reason: 'due-passed' }
      return facts.status === 'lost' ? { ...facts, status: 'open', reason: undefined } : facts
    case 'released':
      // Who gave a job back does not take it again.
      if (isAddressEqual(event.worker, operator))
        return { ...facts, status: 'over', reason: 'released', due: undefined }
      return facts.status === 'lost' ? { ...facts, status: 'open', reason: undefined } : facts
    case 'cancelled':
      return { ...facts, status: 'over', reason: 'cancelled' }
    case 'refunded':
      return { ...facts, status: 'over', reason: 'refunded' }
    case 'settled': {
      if (!isAddressEqual(event.worker, operator)) return { ...facts, status: 'lost', reason: 'settled-by-other' }
      const { workerShare, royalty, fee, transactionHash } = event
      return {
        ...facts,
        status: 'settled',
        reason: undefined,
        settlement: { workerShare, royalty, fee },
        settledIn: transactionHash,
      }
    }
  }
}

/** The chain has no events of a job after its end, so what comes for one that ended is older than its end, or was read before. */
function applyLate(facts: JobFacts, event: Exclude<MarketEvent, { type: 'requested' }>, operator: Address): JobFacts {
  // Only its own events end a job so, in their order; the market goes on with it, this worker does not.
  if (facts.status === 'slashed') return facts
  if (!('worker' in event) || !isAddressEqual(event.worker, operator)) return facts
  switch (event.type) {
    case 'claimed':
      return { ...facts, price: event.price, due: event.due }
    case 'released':
      return { ...facts, due: undefined }
    case 'expired':
      return { ...facts, status: 'slashed', reason: 'due-passed', settlement: undefined, settledIn: undefined }
    case 'settled':
      return facts
  }
}

/** Whether no later event can change the job: it ended on chain, or this worker lost its bond with it. */
function isForGood({ status, reason }: JobFacts): boolean {
  return (
    status === 'settled' ||
    status === 'slashed' ||
    (status === 'over' && (reason === 'cancelled' || reason === 'refunded'))
  )
}
