/** How one of several steps ended, or where it stands. */
export type Outcome = 'held' | 'failed' | 'skipped' | 'running' | 'ahead'

/** The sign of a step's outcome; what it means is said beside it in words. */
export function Mark({ outcome }: { outcome: Outcome }) {
  const struck = outcome === 'held' || outcome === 'failed'
  return (
    <svg viewBox="0 0 20 20" className={`size-5 ${struck ? 'animate-stamp' : ''}`} fill="none" aria-hidden="true">
      {outcome === 'ahead' && <circle cx="10" cy="10" r="5.5" className="stroke-edge" strokeWidth="1.5" />}
      {outcome === 'running' && <circle cx="10" cy="10" r="6" className="animate-waiting fill-brass-fill" />}
      {outcome === 'skipped' && <path d="M5 10h10" className="stroke-edge" strokeWidth="2.25" strokeLinecap="round" />}
      {outcome === 'failed' && (
        <path d="m5 5 10 10m0-10L5 15" className="stroke-failed" strokeWidth="2.25" strokeLinecap="round" />
      )}
      {outcome === 'held' && (
        <path
          d="m3.5 10.5 4.2 4.2L16.5 5.5"
          className="stroke-proved"
          strokeWidth="2.25"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      )}
    </svg>
  )
}
