import type { ReactNode } from 'react'
import { formatExact } from '../formatTime'

/** Words for a moment; the exact one on hover. @param at unix seconds */
export function Moment({ at, className, children }: { at: number; className?: string; children: ReactNode }) {
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatExact(at)} className={className}>
      {children}
    </time>
  )
}
