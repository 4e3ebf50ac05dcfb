'use client'
import { formatRelative } from '../formatTime'
import { useNow } from '../hooks/useNow'
import { Moment } from './Moment'

/**
 * A moment that has passed, as people say it; the exact one on hover. A chain's clock may run ahead of the reader's.
 * @param at unix seconds
 */
export function Time({ at }: { at: number }) {
  const now = useNow(1)
  return (
    <Moment at={at} className="whitespace-nowrap">
      {now === 0 ? '' : formatRelative(Math.min(at, now), now)}
    </Moment>
  )
}
