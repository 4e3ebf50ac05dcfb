import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { SuiteRun } from './soliditySuite.ts'
import type { Outcome } from './workbench.ts'

/** What a change may take that ends; a changed loop may never end. */
const longestMs = 600_000
/** The compiler's memory only grows, so that a process is replaced now and then. */
const runsPerProcess = 200

/** What to run, and after which time to give up. */
type PoolRun = SuiteRun & { timeoutMs?: number }

/** Processes that run Solidity tests on one change each, so that an endless loop or a crash ends one of them and nothing else. */
export function openSuitePool(copies: number) {
  const idle: { child: ChildProcess; runs: number }[] = []

  /** The outcome of a run, or how its process ended without one. */
  function runIn(
    child: ChildProcess,
    { timeoutMs = longestMs, ...run }: PoolRun,
  ): Promise<Outcome | 'timeout' | 'crash'> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('timeout'), timeoutMs)
      const settle = (outcome: Outcome | 'crash') => {
        clearTimeout(timer)
        child.removeAllListeners()
        resolve(outcome)
      }
      child.once('message', (message) => settle(message as Outcome))
      child.once('exit', () => settle('crash'))
      child.send(run)
    })
  }

  async function test(run: PoolRun, { mayCrash = true } = {}): Promise<Outcome> {
    const worker = idle.pop() ?? { child: fork(join(import.meta.dirname, 'suiteProcess.ts')), runs: 0 }
    const outcome = await runIn(worker.child, run)
    worker.runs += 1
    if (typeof outcome === 'object') {
      if (worker.runs < runsPerProcess) idle.push(worker)
      else worker.child.kill('SIGKILL')
      return outcome
    }
    worker.child.removeAllListeners()
    worker.child.kill('SIGKILL')
    if (outcome === 'timeout') return { verdict: 'killed', failures: ['The tests came to no end.'] }
    // Memory or another's fault: what crashes a fresh process too is the change.
    if (mayCrash) return test(run, { mayCrash: false })
    return { verdict: 'killed', failures: ['The tests crashed.'] }
  }

  return {
    copies,
    test: (run: PoolRun) => test(run),
    close: () => {
      for (const { child } of idle) child.kill('SIGKILL')
    },
  }
}
