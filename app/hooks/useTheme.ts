import { useCallback, useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark'
/** What the reader chose; the system's theme unless they did. */
export type ThemeChoice = Theme | 'system'

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

function currentChoice(): ThemeChoice {
  const chosen = document.documentElement.dataset.theme
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

function currentTheme(): Theme {
  const choice = currentChoice()
  if (choice !== 'system') return choice
  return systemIsDark().matches ? 'dark' : 'light'
}

function apply(choice: ThemeChoice): void {
  if (choice === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = choice
  try {
    if (choice === 'system') localStorage.removeItem('assay.theme')
    else localStorage.setItem('assay.theme', choice)
  } catch {
    // A browser that forbids storage forgets the choice on reload; nothing else is lost.
  }
  for (const listener of listeners) listener()
}

/** The theme in use, what the reader chose, and how to choose another; `toggle` goes to the other of the two. */
export function useTheme() {
  const theme = useSyncExternalStore(subscribe, currentTheme, () => undefined)
  const choice = useSyncExternalStore(subscribe, currentChoice, () => undefined)
  const toggle = useCallback(() => apply(currentTheme() === 'dark' ? 'light' : 'dark'), [])
  return { theme, choice, choose: apply, toggle }
}
