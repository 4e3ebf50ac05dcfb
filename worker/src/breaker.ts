/** Whether calls go out: `open` refuses them, `half-open` lets one through to see. */
export type BreakerState = 'closed' | 'open' | 'half-open'

/** When a breaker opens, and for how long. */
export type BreakerLimits = {
  /** Failures in a row that open it. */
  failures: number
  /** Milliseconds that it stays open before one call may try. */
  recoveryMs: number
}

/** Keeps calls away from a dependency that does not answer. */
export type Breaker = {
  state: () => BreakerState
  /** Whether a call may go out now; a yes of a half-open breaker is for one call, which has to report how it went. */
  admits: () => boolean
  succeeded: () => void
  failed: () => void
}

/**
 * Makes a closed breaker: it opens after some failures in a row, lets one call try after a while, and closes when that succeeds.
 * @param now milliseconds of a clock that never steps; the machine's monotonic one if absent
 * Source: M. Nygard, Release It!, "Circuit Breaker".
 */
export function createBreaker(
  { failures, recoveryMs }: BreakerLimits,
  now: () => number = () => performance.now(),
): Breaker {
  let inRow = 0
  let openedAt: number | undefined
  let probedAt: number | undefined

  function state(): BreakerState {
    if (openedAt === undefined) return 'closed'
    return now() - openedAt < recoveryMs ? 'open' : 'half-open'
  }

  return {
    state,
    admits: () => {
      const current = state()
      if (current !== 'half-open') return current === 'closed'
      // A probe whose caller never came back must not keep the breaker shut for ever.
      if (probedAt !== undefined && now() - probedAt < recoveryMs) return false
      probedAt = now()
      return true
    },
    succeeded: () => {
      inRow = 0
      openedAt = undefined
      probedAt = undefined
    },
    failed: () => {
      inRow += 1
      if (openedAt === undefined && inRow < failures) return
      openedAt = now()
      probedAt = undefined
    },
  }
}
