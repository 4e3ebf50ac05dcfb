/**
 * How long ago, or how long until, in the largest unit that fits.
 * @param at unix seconds
 * @param now unix seconds
 */
export function formatRelative(at: number, now: number): string {
  const seconds = Math.round(Math.abs(now - at))
  if (seconds < 2) return 'just now'
  const length = formatDuration(seconds)
  return at <= now ? `${length} ago` : `in ${length}`
}

/** A duration in seconds as `12 s`, `3 min`, `5 h` or `2 d`; rounded down. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** A moment near now as a clock shows it, with the day when it is not within half a day. Both in unix seconds. */
export function formatClock(at: number, now: number): string {
  const near = Math.abs(at - now) < 43_200
  return new Date(at * 1000).toLocaleString(
    undefined,
    near ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  )
}

/** The exact moment in the reader's own time zone, for a tooltip. */
export function formatExact(at: number): string {
  return new Date(at * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
}
