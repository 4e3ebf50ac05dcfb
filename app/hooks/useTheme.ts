import { useCallback, useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark'

const listeners = new Set<() => void>()
const systemIsDark = () => window.matchMedia('(prefers-color-scheme: dark)')

function subscribe(listener: () => void) {
  const media = systemIsDark()
  listeners.add(listener)
  media.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    media.removeEventListener('change', listener)
  }
}

function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme
  if (chosen === 'light' || chosen === 'dark') return chosen
  return systemIsDark().matches ? 'dark' : 'light'
}

/** The theme in use, the system's until the person chooses one, and a function that switches to the other. */
export function useTheme() {
  const theme = useSyncExternalStore(subscribe, currentTheme, () => undefined)
  const toggle = useCallback(() => {
    const next = currentTheme() === 'dark' ? 'light' : 'dark'
    document.documentElement.dataset.theme = next
    try {
      localStorage.setItem('assay.theme', next)
    } catch {
      // A browser that forbids storage forgets the choice on reload; nothing else is lost.
    }
    for (const listener of listeners) listener()
  }, [])
  return { theme, toggle }
}
