import { createStore, get, set } from 'idb-keyval'
import type { KeptRange, WindowCache } from './readWindows'

let store: ReturnType<typeof createStore> | undefined

/** What this visit used of the store: the pages of a list and its refreshes ask for the same windows again and again. */
const used = new Map<string, readonly KeptRange<unknown>[]>()

/**
 * Keeps what was read of windows in this browser (IndexedDB). A browser that forbids it reads the chain at each visit; nothing else is
 * lost.
 * @param scope what the windows are of; other chains, markets and filters have other scopes
 */
export function windowCache<Item>(scope: string): WindowCache<Item> {
  const keyOf = (firstBlock: bigint) => `ranges:${scope}:${firstBlock}`
  return {
    get: async (firstBlock) => {
      const key = keyOf(firstBlock)
      // What stands under a scope is what was stored under it.
      const known = used.get(key) as readonly KeptRange<Item>[] | undefined
      if (known) return known
      try {
        store ??= createStore('assay', 'windows')
        const kept = await get<readonly KeptRange<Item>[]>(key, store)
        if (kept) used.set(key, kept)
        return kept
      } catch {
        return undefined
      }
    },
    set: async (firstBlock, ranges) => {
      used.set(keyOf(firstBlock), ranges)
      try {
        store ??= createStore('assay', 'windows')
        await set(keyOf(firstBlock), ranges, store)
      } catch {
        // As above: the cache is a convenience.
      }
    },
  }
}
