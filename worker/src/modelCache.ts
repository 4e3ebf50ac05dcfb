import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, readdirSync, rmSync, statfsSync, statSync, utimesSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { JobRefusedError, RetryableError } from './jobErrors.ts'

/** One file of a model as its manifest names it; `sha256` in hex with 0x. */
export type ModelFile = { cid: string; sha256: string; bytes: number }

/** Files on disk that stay there until they are released. */
export type HeldFiles = { paths: string[]; release: () => void }

/** Model files on disk by CID, never more bytes than configured, and never so many that the disk runs full. */
export type ModelCache = {
  /**
   * Gets files, from disk or by fetching each once however many ask for it, checks their digests, and holds them.
   * @throws JobRefusedError when a digest differs or the files do not fit beside those in use, RetryableError (`disk-full`); whatever fetching throws
   */
  hold: (files: readonly ModelFile[], signal: AbortSignal) => Promise<HeldFiles>
  /** Keeps files whoever uses them, present or to come, until they are unpinned. */
  pin: (cids: readonly string[]) => void
  unpin: (cids: readonly string[]) => void
  /** Bytes on disk and on their way there. */
  bytes: () => number
  /** Files fetched, found, and removed to make room. */
  counts: () => { fetched: number; found: number; evicted: number }
}

/** What a cache is to leave free on its disk: a store and its log beside it have to be able to grow. */
export const diskFloorBytes = 512 * 1024 * 1024

type Entry = { bytes: number; lastUse: number; holders: number; checked: boolean; loading?: Promise<void> }

/**
 * Opens a cache in a directory that is its own.
 * @param options.minFreeBytes what the cache leaves free on its disk, 0 if absent
 * @param options.freeBytes what is free there now; the file system's word if absent
 * @param options.fetch downloads one file; `signal` ends with the worker, as others may wait for the same file
 */
export function openModelCache(options: {
  directory: string
  maxBytes: number
  minFreeBytes?: number
  freeBytes?: () => number
  fetch: (file: ModelFile, signal: AbortSignal) => Promise<Uint8Array>
  signal: AbortSignal
}): ModelCache {
  const { directory, maxBytes, fetch, minFreeBytes = 0 } = options
  mkdirSync(directory, { recursive: true })
  const freeBytes = options.freeBytes ?? (() => freeOn(directory))
  const pinned = new Set<string>()
  const entries = new Map<string, Entry>()
  const counts = { fetched: 0, found: 0, evicted: 0 }
  let clock = 0

  const names = readdirSync(directory)
  for (const name of names.filter((name) => name.endsWith('.part'))) rmSync(join(directory, name), { force: true })
  names
    .filter((name) => !name.endsWith('.part'))
    .map((cid) => ({ cid, stats: statSync(join(directory, cid)) }))
    .sort((a, b) => a.stats.mtimeMs - b.stats.mtimeMs)
    .forEach(({ cid, stats }) => {
      clock += 1
      entries.set(cid, { bytes: stats.size, lastUse: clock, holders: 0, checked: false })
    })
  makeRoom(0)

  function bytes(): number {
    let sum = 0
    for (const entry of entries.values()) sum += entry.bytes
    return sum
  }

  function isKept(cid: string, entry: Entry): boolean {
    return entry.holders > 0 || pinned.has(cid)
  }

  /**
   * Removes files that nobody holds or pinned, least recently used first, until `needed` more bytes fit both the limit and the disk;
   * says what they do not fit, if so, and then removes none for it.
   */
  function makeRoom(needed: number): 'limit' | 'disk' | undefined {
    const idle = [...entries]
      .filter(([cid, entry]) => !isKept(cid, entry))
      .sort(([, a], [, b]) => a.lastUse - b.lastUse)
    const removable = idle.reduce((sum, [, entry]) => sum + entry.bytes, 0)
    // Files on their way count as held, but their bytes are not on the disk yet.
    const arriving = [...entries.values()].reduce(
      (sum, entry) => sum + (entry.loading === undefined ? 0 : entry.bytes),
      0,
    )
    let room = maxBytes - bytes()
    let free = freeBytes() - arriving - minFreeBytes
    if (room + removable < needed) return 'limit'
    if (needed > 0 && free + removable < needed) return 'disk'
    for (const [cid, entry] of idle) {
      if (room >= needed && free >= needed) break
      entries.delete(cid)
      rmSync(join(directory, cid), { force: true })
      room += entry.bytes
      free += entry.bytes
      counts.evicted += 1
    }
    return undefined
  }

  async function load(file: ModelFile, entry: Entry): Promise<void> {
    const path = join(directory, file.cid)
    if (entry.bytes === file.bytes && !entry.checked && (await digestOf(path)) === file.sha256) {
      entry.checked = true
      counts.found += 1
      return
    }
    await rm(path, { force: true })
    const content = await fetch(file, options.signal)
    const actual = `0x${createHash('sha256').update(content).digest('hex')}`
    if (content.length !== file.bytes || actual !== file.sha256) {
      throw new JobRefusedError({
        reason: 'model-invalid',
        detail: `The model's file ${file.cid} has ${content.length} bytes with the SHA-256 ${actual}; its manifest says ${file.bytes} and ${file.sha256}.`,
      })
    }
    await writeWhole(path, content)
    entry.checked = true
    counts.fetched += 1
  }

  function noRoom({ cid, bytes: needed }: ModelFile, full: 'limit' | 'disk'): JobRefusedError | RetryableError {
    const what = `The model's file ${cid} of ${needed} bytes does not fit`
    return full === 'limit'
      ? new JobRefusedError({
          reason: 'model-too-large',
          detail: `${what} the cache of ${maxBytes} bytes; raise content.cacheBytes.`,
        })
      : new RetryableError({
          reason: 'disk-full',
          detail: `${what} the disk, of which ${minFreeBytes} bytes stay free; make room on it.`,
        })
  }

  async function holdOne(file: ModelFile): Promise<Entry> {
    let entry = entries.get(file.cid)
    if (entry === undefined) {
      const full = makeRoom(file.bytes)
      if (full !== undefined) throw noRoom(file, full)
      entry = { bytes: file.bytes, lastUse: 0, holders: 0, checked: false }
      entries.set(file.cid, entry)
    } else if (entry.checked) counts.found += 1
    const held = entry
    clock += 1
    held.lastUse = clock
    held.holders += 1
    if (!held.checked) {
      held.loading ??= load(file, held).finally(() => {
        delete held.loading
      })
      try {
        await held.loading
      } catch (error) {
        held.holders -= 1
        if (held.holders === 0) entries.delete(file.cid)
        throw error
      }
    }
    return held
  }

  return {
    hold: async (files, signal) => {
      const held: Entry[] = []
      const release = () => {
        for (const entry of held.splice(0)) entry.holders -= 1
      }
      try {
        for (const file of files) {
          signal.throwIfAborted()
          held.push(await holdOne(file))
        }
      } catch (error) {
        release()
        throw error
      }
      const now = new Date()
      const paths = files.map((file) => join(directory, file.cid))
      for (const path of paths) utimesSync(path, now, now)
      return { paths, release }
    },
    pin: (cids) => {
      for (const cid of cids) pinned.add(cid)
    },
    unpin: (cids) => {
      for (const cid of cids) pinned.delete(cid)
    },
    bytes,
    counts: () => ({ ...counts }),
  }
}

function freeOn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}

async function digestOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    for await (const piece of createReadStream(path)) hash.update(piece)
  } catch {
    return undefined
  }
  return `0x${hash.digest('hex')}`
}

/** Writes a file that is either not there or whole, whenever the machine stops. */
async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const part = `${path}.part`
  const handle = await open(part, 'w', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(part, path)
}
