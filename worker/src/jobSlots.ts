import type { MemoryPressure } from './memoryPressure.ts'

/** How many jobs may be under way. */
export type JobSlots = {
  /** As many as the operator allows, or fewer while memory is short; at least 1. */
  open: () => number
  configured: number
}

/** Looks at memory are at least so far apart, and so long there has to be enough before one more job is let in. */
const lookMs = 5000
const growMs = 30_000
/** Short: processes waited for memory in a tenth of the last 10 s, or a tenth is left. Enough: half of that, and twice. */
const short = { stalledPart: 0.1, availablePart: 0.1 }
const enough = { stalledPart: 0.05, availablePart: 0.2 }

/**
 * Makes the slots: one fewer at each look while memory is short, one more after each half minute with enough of it. What runs already goes on.
 * @param parts `onChange` hears of each new number
 */
export function createJobSlots({
  jobs,
  pressure,
  onChange = () => {},
  now = Date.now,
}: {
  jobs: number
  pressure: () => MemoryPressure
  onChange?: (slots: number, pressure: MemoryPressure) => void
  now?: () => number
}): JobSlots {
  let slots = jobs
  let lookedAt = Number.NEGATIVE_INFINITY
  let changedAt = Number.NEGATIVE_INFINITY

  function next(seen: MemoryPressure): number {
    if (seen.stalledPart >= short.stalledPart || seen.availablePart < short.availablePart) return Math.max(1, slots - 1)
    const isEnough = seen.stalledPart < enough.stalledPart && seen.availablePart >= enough.availablePart
    return isEnough && now() - changedAt >= growMs ? Math.min(jobs, slots + 1) : slots
  }

  return {
    configured: jobs,
    open: () => {
      if (now() - lookedAt < lookMs) return slots
      lookedAt = now()
      const seen = pressure()
      const after = next(seen)
      if (after !== slots) {
        slots = after
        changedAt = now()
        onChange(slots, seen)
      }
      return slots
    },
  }
}
