import type { SandboxProcess } from './sandboxProcess.ts'

/** Processes that have loaded a model and wait for one input each. */
export type WarmPool = {
  /** The waiting process of this key, or undefined; nobody else gets it. */
  take: (key: string) => SandboxProcess | undefined
  /** Starts a process that waits, unless one of this key does; the longest unused makes room. */
  warm: (key: string, start: () => Promise<SandboxProcess>) => void
  /** Ends all that wait. */
  drop: () => void
}

type Waiting = { process: SandboxProcess | undefined; dropped: boolean }

/** Makes a pool of at most `size` processes; 0 keeps none. A process that dies while it waits is forgotten. */
export function createWarmPool(size: number): WarmPool {
  const waiting = new Map<string, Waiting>()
  const drop = (key: string) => {
    const entry = waiting.get(key)
    waiting.delete(key)
    if (entry === undefined) return
    entry.dropped = true
    entry.process?.kill(new Error('A warm process was not needed.'))
  }
  return {
    take: (key) => {
      const process = waiting.get(key)?.process
      if (process === undefined) return undefined
      waiting.delete(key)
      return process
    },
    warm: (key, start) => {
      if (size === 0 || waiting.has(key)) return
      const oldest = waiting.size >= size ? waiting.keys().next().value : undefined
      if (oldest !== undefined) drop(oldest)
      const entry: Waiting = { process: undefined, dropped: false }
      waiting.set(key, entry)
      const forget = () => {
        if (waiting.get(key) === entry) waiting.delete(key)
      }
      start().then((process) => {
        // Whoever takes it has its own handler; the rest is nobody's news.
        process.result.then(forget, forget)
        if (entry.dropped) process.kill(new Error('A warm process was not needed.'))
        else entry.process = process
      }, forget)
    },
    drop: () => {
      for (const key of [...waiting.keys()]) drop(key)
    },
  }
}
