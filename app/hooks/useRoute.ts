import { createContext, use, useSyncExternalStore } from 'react'
import { hrefOf, type Route, routeOf } from '../routes'

/** Where the reader is: the page, its query, and how many pages of this visit came before it; `known` once the browser has told. */
export type Place = { route: Route; query: URLSearchParams; visited: number; known: boolean }

const listeners = new Set<() => void>()
let visited = 0

/** The page that the served file is for: what is shown until the browser has told the address. */
export const ServedRoute = createContext<Route>('/')

function subscribe(listener: () => void) {
  listeners.add(listener)
  window.addEventListener('popstate', onPop)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) window.removeEventListener('popstate', onPop)
  }
}

function onPop() {
  visited += 1
  for (const listener of listeners) listener()
}

const currentAddress = () => window.location.pathname + window.location.search

/**
 * The page and query of the address, kept as the reader goes on and back.
 * Next.js's own router asks the root of the host for each page, which is not where an IPFS gateway serves the app.
 */
export function useRoute(): Place {
  const served = use(ServedRoute)
  const address = useSyncExternalStore(subscribe, currentAddress, () => undefined)
  const [pathname = '', search] = (address ?? served).split('?')
  return { route: routeOf(pathname), query: new URLSearchParams(search), visited, known: address !== undefined }
}

/** Opens another page of the app without loading the document again. */
export function openPage(target: { to: Route; query?: Readonly<Record<string, string>> }): void {
  window.history.pushState(null, '', hrefOf(routeOf(window.location.pathname), target))
  visited += 1
  for (const listener of listeners) listener()
  window.scrollTo({ top: 0 })
}
