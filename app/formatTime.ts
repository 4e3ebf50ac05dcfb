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

// Made once, where they are first needed: it takes longer than to write many moments.
const formats = new Map<string, Intl.DateTimeFormat>()

/** A moment in the reader's own time zone and language. */
function format(at: number, timeStyle: 'short' | 'medium', dateStyle?: 'medium'): string {
  const key = `${timeStyle} ${dateStyle}`
  const known = formats.get(key)
  const chosen = known ?? new Intl.DateTimeFormat(undefined, { timeStyle, ...(dateStyle && { dateStyle }) })
  if (!known) formats.set(key, chosen)
  return chosen.format(at * 1000)
}

/** A moment near now as a clock shows it, with the day when it is not within half a day. Both in unix seconds. */
export function formatClock(at: number, now: number): string {
  return Math.abs(at - now) < 43_200 ? format(at, 'short') : format(at, 'short', 'medium')
}

/** The exact moment in the reader's own time zone, for a tooltip. */
export function formatExact(at: number): string {
  return format(at, 'medium', 'medium')
}
