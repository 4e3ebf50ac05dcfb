import { untilAborted } from './retry.ts'

/** A process that has loaded a model and answers again and again, one request at a time. */
export type HotProcess = { isAlive: () => boolean; close: () => Promise<void> }

/** What a process is of, and how one is made. */
export type HotModel<P> = {
  key: string
  /** MiB that its process may use. */
  memoryMb: number
  /** Makes another; the signal is that of who waits for it. */
  start: (signal: AbortSignal) => Promise<P>
}

/** How the processes stand: at work, idle, asked for; what all together may use; and what became of them since the start. */
export type HotCounts = {
  lent: number
  idle: number
  waiting: number
  memoryMb: number
  started: number
  /** Ended by themselves or with a request that was given up. */
  died: number
  /** Ended because others needed the room. */
  evicted: number
}

/** Processes with their models in memory. */
export type HotPool<P extends HotProcess> = {
  /**
   * Lends a process of a model to one piece of work at a time, and starts one when there is none; a process that has died is replaced.
   * It throws what the start or the work throws, or the signal's reason while it waits.
   */
  use: <T>(model: HotModel<P>, work: (process: P) => Promise<T>, signal: AbortSignal) => Promise<T>
  /** Ends all that are idle. */
  dropIdle: () => void
  counts: () => HotCounts
  /** Ends the idle ones now and the others with their work, and resolves when all have ended; who waits is refused. */
  close: () => Promise<void>
}

/** The pool was closed by its owner. */
export class HotPoolClosedError extends Error {
  override readonly name = 'HotPoolClosedError'

  constructor() {
    super('The pool of processes is closed; the worker is stopping.')
  }
}

type Entry<P> = { key: string; memoryMb: number; process: P }
type Waiter<P> = {
  model: HotModel<P>
  since: number
  passedOver: number
  begin: (idle: Entry<P> | undefined) => void
  refuse: (error: Error) => void
}

/** Requests of other models that may go first because their process is there. */
const mostPassedOver = 8

/**
 * Makes a pool. What was used least recently goes first when memory is short, and never what is at work. A second process of a model
 * is started only for who has waited as long as its last start took.
 * @param limits `memoryMb` of all processes together, of which one alone may use more; `atOnce` at work; `kept` idle
 */
export function createHotPool<P extends HotProcess>(limits: {
  memoryMb?: number
  atOnce?: number
  kept?: number
}): HotPool<P> {
  const { memoryMb: totalMb = Infinity, atOnce = Infinity, kept = Infinity } = limits
  const lent = new Map<string, number>()
  const startMs = new Map<string, number>()
  const ending = new Set<Promise<void>>()
  const counts = { started: 0, died: 0, evicted: 0 }
  /** Least recently used first. */
  let idle: Entry<P>[] = []
  let waiters: Waiter<P>[] = []
  let [lentMb, endingMb] = [0, 0]
  let closed = false

  const sumOf = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0)
  const idleMb = () => sumOf(idle.map(({ memoryMb }) => memoryMb))

  function lend(key: string, { memoryMb, step }: { memoryMb: number; step: 1 | -1 }): void {
    lent.set(key, (lent.get(key) ?? 0) + step)
    if (lent.get(key) === 0) lent.delete(key)
    lentMb += step * memoryMb
  }

  function end({ process, memoryMb }: Entry<P>): void {
    endingMb += memoryMb
    const done = process
      .close()
      .catch(() => {})
      .finally(() => {
        endingMb -= memoryMb
        ending.delete(done)
        next()
      })
    ending.add(done)
  }

  function evict(count: number): void {
    for (const entry of idle.splice(0, Math.max(0, count))) {
      counts.evicted += 1
      end(entry)
    }
  }

  /** Whether there is memory for another process; the idle ones make room for it. */
  function hasRoom(memoryMb: number): boolean {
    while (idle.length > 0 && lentMb + idleMb() + memoryMb > totalMb) evict(1)
    const taken = lentMb + idleMb() + endingMb
    return taken === 0 || taken + memoryMb <= totalMb
  }

  function forgetDead(): void {
    const [alive, dead] = [idle.filter(({ process }) => process.isAlive()), idle.filter((e) => !e.process.isAlive())]
    idle = alive
    counts.died += dead.length
    for (const entry of dead) end(entry)
  }

  function begin(waiter: Waiter<P>, entry: Entry<P> | undefined): void {
    for (const other of waiters.slice(0, waiters.indexOf(waiter))) other.passedOver += 1
    waiters = waiters.filter((other) => other !== waiter)
    lend(waiter.model.key, { memoryMb: entry?.memoryMb ?? waiter.model.memoryMb, step: 1 })
    waiter.begin(entry)
  }

  /** Who waits, those first whose model is in memory, unless others have waited through too many of them. */
  function inTurn(): Waiter<P>[] {
    const isReady = ({ model }: Waiter<P>) => idle.some(({ key }) => key === model.key)
    const rank = (waiter: Waiter<P>) => (waiter.passedOver >= mostPassedOver ? 0 : isReady(waiter) ? 1 : 2)
    return waiters.toSorted((a, b) => rank(a) - rank(b))
  }

  function next(): void {
    forgetDead()
    for (const waiter of inTurn()) {
      if (sumOf(lent.values()) >= atOnce) return
      const { key, memoryMb } = waiter.model
      const at = idle.findLastIndex((entry) => entry.key === key)
      if (at >= 0) begin(waiter, idle.splice(at, 1)[0])
      else if (isWorthAStart(waiter) && hasRoom(memoryMb)) begin(waiter, undefined)
    }
  }

  /** A process of the same model may be free sooner than another is made. */
  function isWorthAStart({ model: { key }, since }: Waiter<P>): boolean {
    return !lent.has(key) || performance.now() - since >= (startMs.get(key) ?? 0)
  }

  async function place(model: HotModel<P>, signal: AbortSignal): Promise<Entry<P>> {
    const { key, memoryMb } = model
    const { promise, resolve, reject } = Promise.withResolvers<Entry<P> | undefined>()
    const waiter: Waiter<P> = { model, since: performance.now(), passedOver: 0, begin: resolve, refuse: reject }
    waiters.push(waiter)
    next()
    // Timers count whole milliseconds, and may fire a part of one early.
    const again = setTimeout(next, Math.ceil(startMs.get(key) ?? 0) + 1)
    let begun: Entry<P> | undefined
    try {
      begun = await untilAborted(promise, signal)
    } catch (error) {
      // It may have been given one in the same moment.
      if (waiters.includes(waiter)) waiters = waiters.filter((other) => other !== waiter)
      else
        void promise.then(
          (entry) => giveBack(key, { memoryMb, entry }),
          () => {},
        )
      throw error
    } finally {
      clearTimeout(again)
    }
    if (begun !== undefined) return begun
    const startedAt = performance.now()
    try {
      const process = await model.start(signal)
      counts.started += 1
      startMs.set(key, performance.now() - startedAt)
      return { key, memoryMb, process }
    } catch (error) {
      giveBack(key, { memoryMb, entry: undefined })
      throw error
    }
  }

  function giveBack(key: string, { memoryMb, entry }: { memoryMb: number; entry: Entry<P> | undefined }): void {
    lend(key, { memoryMb, step: -1 })
    if (entry?.process.isAlive() && !closed) {
      idle.push(entry)
    } else if (entry !== undefined) {
      if (!closed) counts.died += 1
      end(entry)
    }
    next()
    evict(idle.length - kept)
  }

  return {
    use: async (model, work, signal) => {
      if (closed) throw new HotPoolClosedError()
      signal.throwIfAborted()
      const entry = await place(model, signal)
      try {
        return await work(entry.process)
      } finally {
        giveBack(entry.key, { memoryMb: entry.memoryMb, entry })
      }
    },
    dropIdle: () => evict(idle.length),
    counts: () => ({
      lent: sumOf(lent.values()),
      idle: idle.length,
      waiting: waiters.length,
      memoryMb: lentMb + idleMb() + endingMb,
      ...counts,
    }),
    close: async () => {
      closed = true
      for (const { refuse } of waiters.splice(0)) refuse(new HotPoolClosedError())
      for (const entry of idle.splice(0)) end(entry)
      while (ending.size > 0) await Promise.all(ending)
    },
  }
}
