'use client'
import { useLiveUpdates } from '../hooks/useLiveUpdates'

/** Keeps what the page shows as new as the chain; draws nothing. */
export function LiveUpdates() {
  useLiveUpdates()
  return null
}
