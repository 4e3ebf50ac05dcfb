/** Every page of the app, by the path below wherever the app is served, with the title of its tab and of its heading. */
export const titles = {
  '/': 'Ask an AI model',
  '/models/': 'Models',
  '/model/': 'Model',
  '/jobs/': 'Jobs',
  '/job/': 'Job',
  '/worker/': 'Worker',
  '/owner/': 'Model owner',
  '/network/': 'Network',
  '/disputes/': 'Disputes',
  '/governance/': 'Governance',
  '/settings/': 'Settings',
} as const

/** Path of a page; ids travel in the query, so that any file server can answer it. */
export type Route = keyof typeof titles

/** The page that an address names, whatever folder the app is served from (an IPFS gateway has `/ipfs/<cid>/` before it). */
export function routeOf(pathname: string): Route {
  const name = `/${pathname
    .replace(/(\/index\.html|\/)$/, '')
    .split('/')
    .at(-1)}/`
  return isRoute(name) ? name : '/'
}

/** A relative address of a page as seen from another one: the app does not know where it is served from. */
export function hrefOf(
  from: Route,
  { to, query = {} }: { to: Route; query?: Readonly<Record<string, string>> },
): string {
  const search = new URLSearchParams(query).toString()
  return `${from === '/' ? './' : '../'}${to.slice(1)}${search && `?${search}`}`
}

function isRoute(name: string): name is Route {
  return Object.hasOwn(titles, name)
}
