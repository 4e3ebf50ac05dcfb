import type { Network } from '@assay/sdk/deployment'

/** What the reader chose in place of the network file's services; kept in this browser. */
export type Settings = Partial<Pick<Network, 'rpcUrl' | 'gatewayUrl' | 'contentApiUrl'>>

/** Names of {@link Settings}. */
export const settingNames = ['rpcUrl', 'gatewayUrl', 'contentApiUrl'] as const

const storageKey = 'assay.settings'

/** The reader's choices; none where the browser forbids storage or holds something else. */
export function readSettings(): Settings {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}')
    return parseSettings(stored)
  } catch {
    return {}
  }
}

/** Keeps the choices for later visits. @throws DOMException when the browser forbids storage */
export function writeSettings(settings: Settings): void {
  localStorage.setItem(storageKey, JSON.stringify(settings))
}

/** The network with the reader's services in place of the file's. */
export function withSettings(network: Network, settings: Settings): Network {
  return { ...network, ...settings }
}

/** The members that are addresses of services, without a slash at their end; what else is there is left out. */
export function parseSettings(value: unknown): Settings {
  if (typeof value !== 'object' || value === null) return {}
  const members = new Map<string, unknown>(Object.entries(value))
  return Object.fromEntries(
    settingNames.flatMap((name) => {
      const url = serviceUrl(members.get(name))
      return url === undefined ? [] : [[name, url]]
    }),
  )
}

/** An http or https address without a slash at its end; undefined for anything else. */
export function serviceUrl(text: unknown): string | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined
  const { protocol, href } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? href.replace(/\/+$/, '') : undefined
}
