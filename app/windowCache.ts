import { createStore, get, set } from 'idb-keyval'
import type { WindowCache } from './readWindows'

let store: ReturnType<typeof createStore> | undefined

/**
 * Keeps windows in this browser (IndexedDB). A browser that forbids it reads the chain each time; nothing else is lost.
 * @param scope what the windows are of; other chains, markets and filters have other scopes
 */
export function windowCache<Item>(scope: string): WindowCache<Item> {
  const keyOf = (firstBlock: bigint) => `${scope}:${firstBlock}`
  return {
    get: async (firstBlock) => {
      try {
        store ??= createStore('assay', 'windows')
        return await get(keyOf(firstBlock), store)
      } catch {
        return undefined
      }
    },
    set: async (firstBlock, items) => {
      try {
        store ??= createStore('assay', 'windows')
        await set(keyOf(firstBlock), items, store)
      } catch {
        // As above: the cache is a convenience.
      }
    },
  }
}
