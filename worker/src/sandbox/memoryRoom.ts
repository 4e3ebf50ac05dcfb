import { totalmem } from 'node:os'
import { availableMb as readAvailableMb } from '../memoryPressure.ts'

/** Lets computations begin while there is memory for them. */
export type MemoryRoom = {
  /** Waits for room, first come, first served; the function it gives back frees it. One computation always has room. */
  take: (memoryMb: number, signal: AbortSignal) => Promise<() => void>
  /** Computations that wait. */
  waiting: () => number
  /** MiB that running computations are allowed, and that all together may be. */
  memory: () => { takenMb: number; totalMb: number }
}

type Waiter = { memoryMb: number; start: () => void }

/**
 * Makes the gate: under pressure fewer computations run at the same time, and none fails for it.
 * @param parts `totalMb` that all may be allowed together; `availableMb` free now; `onPressure` is called before one waits
 */
export function createMemoryRoom(
  parts: { totalMb?: number; availableMb?: () => number; onPressure?: () => void } = {},
): MemoryRoom {
  const {
    totalMb = Math.floor((totalmem() / 2 ** 20) * 0.8),
    availableMb = readAvailableMb,
    onPressure = () => {},
  } = parts
  const waiters: Waiter[] = []
  let takenMb = 0
  let runs = 0

  const fits = (memoryMb: number) => runs === 0 || (takenMb + memoryMb <= totalMb && memoryMb <= availableMb())
  const begin = (memoryMb: number) => {
    takenMb += memoryMb
    runs += 1
  }
  const next = () => {
    for (let first = waiters[0]; first !== undefined && fits(first.memoryMb); first = waiters[0]) {
      waiters.shift()
      first.start()
    }
  }
  return {
    take: async (memoryMb, signal) => {
      signal.throwIfAborted()
      let freed = false
      const free = () => {
        if (freed) return
        freed = true
        takenMb -= memoryMb
        runs -= 1
        next()
      }
      if (waiters.length === 0 && fits(memoryMb)) {
        begin(memoryMb)
        return free
      }
      onPressure()
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const waiter = {
        memoryMb,
        start: () => {
          begin(memoryMb)
          resolve()
        },
      }
      const leave = () => {
        const index = waiters.indexOf(waiter)
        if (index >= 0) waiters.splice(index, 1)
        reject(signal.reason)
        next()
      }
      waiters.push(waiter)
      signal.addEventListener('abort', leave, { once: true })
      await promise
      signal.removeEventListener('abort', leave)
      return free
    },
    waiting: () => waiters.length,
    memory: () => ({ takenMb, totalMb }),
  }
}
