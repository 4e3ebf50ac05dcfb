/** One piece of work; `id` is a job's id, `payload` and results are text of whoever uses the queue. */
export type QueueItem = { id: string; payload: string }

/** The right to work on an item until it runs out; `attempt` is 1 for the first that was given out. */
export type QueueLease = QueueItem & { attempt: number; token: string }

/** An executor by its name, and a text that it shows to the machine that watches. */
export type Announcement = { name: string; report: string }

/**
 * A durable queue between the machine that watches and signs and those that execute. Each item is given out at least once: a lease
 * that is not extended runs out, and another executor gets the item. So two may compute the same, and the queue does not decide
 * which result counts: that is for {@link ResultFence}.
 */
export type WorkQueue = {
  /** Adds an item, unless one with its id waits, runs or is finished here. */
  put: (item: QueueItem) => Promise<void>
  /** The oldest waiting item, or one whose lease ran out; undefined when there is none now. */
  take: () => Promise<QueueLease | undefined>
  /** Renews a lease for its whole time; false when it was lost. */
  extend: (lease: QueueLease) => Promise<boolean>
  /** Hands in a result; false when the lease was lost, and the result is then not kept. */
  finish: (lease: QueueLease, result: string) => Promise<boolean>
  /** Lets others take the item, after a while; false when the lease was lost. */
  giveBack: (lease: QueueLease, delayMs: number) => Promise<boolean>
  /** Passes each finished result to `accept` and then forgets it; after a failure or a crash in between it is passed again. */
  collect: (accept: (finished: { id: string; result: string }) => unknown) => Promise<number>
  /** Forgets an item that waits or is finished; one that an executor works on comes to its end. */
  drop: (id: string) => Promise<void>
  /** Says that an executor is there, for one lease's time, and what it says of itself. */
  announce: (executor: Announcement) => Promise<void>
  /** Takes an executor's announcement back. */
  withdraw: (name: string) => Promise<void>
  /** The executors that are there now. */
  announced: () => Promise<Announcement[]>
  counts: () => Promise<{ waiting: number; running: number; finished: number }>
  close: () => Promise<void>
}

/** The queue's server does not answer. What was asked may have happened or not; asking again is harmless. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError'

  constructor(fact: string, options?: ErrorOptions) {
    super(`The queue is not available: ${fact}; check that its server runs.`, options)
  }
}
