import { useEffect, useState } from 'react'

/** The time in unix seconds, refreshed every `periodSeconds`; 0 until the page runs in a browser. */
export function useNow(periodSeconds = 1): number {
  const [now, setNow] = useState(0)
  useEffect(() => {
    const update = () => setNow(Date.now() / 1000)
    update()
    const timer = setInterval(update, periodSeconds * 1000)
    return () => clearInterval(timer)
  }, [periodSeconds])
  return now
}
