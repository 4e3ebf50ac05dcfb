import { useCallback, useSyncExternalStore } from 'react'
import type { Hex } from 'viem'

function subscribe(listener: () => void) {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

/** The job that the address names (`#job=0x…`), so that a reload or another person opens the same one; and how to open or close one. */
export function useHashJob() {
  const hash = useSyncExternalStore(
    subscribe,
    () => window.location.hash,
    () => '',
  )
  const found = /^#job=(0x[0-9a-f]{64})$/i.exec(hash)?.[1]
  const openJob = useCallback((jobId: Hex | undefined) => {
    window.location.hash = jobId ? `job=${jobId}` : ''
    window.scrollTo({ top: 0 })
  }, [])
  // The pattern is exactly 32 bytes of viem's Hex.
  return { jobId: found?.toLowerCase() as Hex | undefined, openJob }
}
