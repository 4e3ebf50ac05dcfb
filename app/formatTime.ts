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
  const moment = new Date(at * 1000)
  const clock = twoDigits([moment.getHours(), moment.getMinutes()])
  return Math.abs(at - now) < 43_200 ? clock : `${formatDay(moment)}, ${clock}`
}

/** The exact moment in the reader's own time zone, for a tooltip. */
export function formatExact(at: number): string {
  const moment = new Date(at * 1000)
  return `${formatDay(moment)}, ${twoDigits([moment.getHours(), moment.getMinutes(), moment.getSeconds()])}`
}

// By hand, as in formatCount.ts.
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function formatDay(moment: Date): string {
  return `${moment.getDate()} ${months[moment.getMonth()]} ${moment.getFullYear()}`
}

function twoDigits(numbers: readonly number[]): string {
  return numbers.map((number) => String(number).padStart(2, '0')).join(':')
}
