import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'

/** Blocks of downloads that are not complete: what was fetched before an interruption is not fetched again. */
export type ContentStaging = {
  /** Bytes as they are on disk, unchecked; undefined when there are none. */
  get: (cid: CID) => Promise<Uint8Array | undefined>
  put: (cid: CID, bytes: Uint8Array) => Promise<void>
  remove: (cids: readonly CID[]) => Promise<void>
  /** Bytes on disk. */
  bytes: () => number
}

/** Opens a directory of its own for blocks; the oldest go when there are more than `maxBytes`. */
export function openContentStaging({ directory, maxBytes }: { directory: string; maxBytes: number }): ContentStaging {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const sizes = new Map<string, number>()
  let total = 0
  let parts = 0

  const found = readdirSync(directory).map((name) => ({ name, stats: statSync(join(directory, name)) }))
  for (const { name, stats } of found.sort((a, b) => a.stats.mtimeMs - b.stats.mtimeMs)) {
    if (name.endsWith('.part')) rmSync(join(directory, name), { force: true })
    else note(name, stats.size)
  }

  function note(name: string, bytes: number): void {
    total += bytes - (sizes.get(name) ?? 0)
    sizes.delete(name)
    sizes.set(name, bytes)
  }

  async function removeNamed(name: string): Promise<void> {
    total -= sizes.get(name) ?? 0
    sizes.delete(name)
    await rm(join(directory, name), { force: true })
  }

  return {
    get: async (cid) => {
      if (!sizes.has(cid.toString())) return undefined
      return readFile(join(directory, cid.toString())).catch(() => undefined)
    },
    put: async (cid, bytes) => {
      if (bytes.length > maxBytes) return
      const name = cid.toString()
      parts += 1
      const part = join(directory, `${name}.${parts}.part`)
      await writeFile(part, bytes, { mode: 0o600 })
      await rename(part, join(directory, name))
      note(name, bytes.length)
      for (const oldest of sizes.keys()) {
        if (total <= maxBytes) break
        await removeNamed(oldest)
      }
    },
    remove: async (cids) => {
      for (const cid of cids) await removeNamed(cid.toString())
    },
    bytes: () => total,
  }
}
