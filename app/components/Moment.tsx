'use client'
import type { ReactNode } from 'react'
import { formatExact } from '../formatTime'

/**
 * Words for a moment; the exact one on hover, and written only then, as that takes the browser's tables of languages.
 * @param at unix seconds
 */
export function Moment({ at, className, children }: { at: number; className?: string; children: ReactNode }) {
  return (
    <time
      dateTime={new Date(at * 1000).toISOString()}
      className={className}
      onPointerEnter={({ currentTarget }) => {
        currentTarget.title = formatExact(at)
      }}
    >
      {children}
    </time>
  )
}
