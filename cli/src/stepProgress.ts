import type { StepProgress } from '@assay/circuits/checkModel'
import type { Output } from './output.ts'

/** A long step says something at least so often, and at each quarter. */
const quietMs = 10_000

/**
 * Progress of a long command on standard error: each step as it begins, with the seconds since the command began, then at each
 * quarter how much of it is done and how long the rest takes at that rate.
 */
export function stepProgress({ progress }: Output): (step: string, done?: StepProgress) => void {
  const started = performance.now()
  let current = { name: '', started, share: 0, said: started }
  const say = (text: string, now: number) => progress(`${((now - started) / 1000).toFixed(1).padStart(6)} s  ${text}`)
  return (name, { share, leftMs } = {}) => {
    const now = performance.now()
    if (name !== current.name) {
      current = { name, started: now, share: 0, said: now }
      say(`${name} …${leftMs === undefined ? '' : ` ${leftText(leftMs)}`}`, now)
    }
    if (share === undefined || share <= 0) return
    const isDue = Math.floor(share * 4) > Math.floor(current.share * 4) || now - current.said >= quietMs
    current.share = share
    // What is over in a moment needs no figures.
    if (!isDue || now - current.started < 1000) return
    current.said = now
    say(`${name}: ${Math.round(share * 100)} %, ${leftText(((now - current.started) * (1 - share)) / share)}`, now)
  }
}

function leftText(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 120 ? `about ${seconds} s left` : `about ${Math.ceil(seconds / 60)} min left`
}
