'use client'
import { formatExact, formatRelative } from '../formatTime'
import { useNow } from '../hooks/useNow'

/** A moment as people say it; the exact one on hover. @param at unix seconds */
export function RelativeTime({ at }: { at: number }) {
  const now = useNow(1)
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatExact(at)} className="whitespace-nowrap">
      {now === 0 ? '' : formatRelative(at, now)}
    </time>
  )
}
