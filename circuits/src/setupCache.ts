import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What the cache notes beside a proving key. */
type CacheNote = { version: 1; sha256: string; bytes: number; transcriptHash: `0x${string}` }

/** A proving key on disk. */
export type CachedKey = { zkey: Uint8Array; zkeyPath: string; transcriptHash: `0x${string}` }

/**
 * Reads a proving key from the cache (node only); undefined when it is missing, cut short or altered, so that it is made again.
 * @param circuitHash names the circuit and its setup
 */
export async function readCachedKey(folder: string, circuitHash: string): Promise<CachedKey | undefined> {
  const { zkeyPath, notePath } = pathsOf(folder, circuitHash)
  const noteText = await readIfThere(notePath)
  const zkey = await readIfThere(zkeyPath)
  if (noteText === undefined || zkey === undefined) return undefined
  const note = parseNote(noteText)
  if (note === undefined || note.bytes !== zkey.length || note.sha256 !== sha256(zkey)) return undefined
  return { zkey, zkeyPath, transcriptHash: note.transcriptHash }
}

/** Writes a proving key to the cache (node only): to a temporary file first and then renamed, the note last. */
export async function writeCachedKey(
  folder: string,
  circuitHash: string,
  { zkey, transcriptHash }: { zkey: Uint8Array; transcriptHash: `0x${string}` },
): Promise<CachedKey> {
  const { zkeyPath, notePath } = pathsOf(folder, circuitHash)
  const note: CacheNote = { version: 1, sha256: sha256(zkey), bytes: zkey.length, transcriptHash }
  await mkdir(folder, { recursive: true })
  await writeAtomic(zkeyPath, zkey)
  await writeAtomic(notePath, `${JSON.stringify(note)}\n`)
  return { zkey, zkeyPath, transcriptHash }
}

/** Writes a file so that a reader sees the old one or the whole new one (node only). */
export async function writeAtomic(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, data)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function pathsOf(folder: string, circuitHash: string): { zkeyPath: string; notePath: string } {
  return { zkeyPath: join(folder, `${circuitHash}.zkey`), notePath: join(folder, `${circuitHash}.json`) }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function parseNote(bytes: Uint8Array): CacheNote | undefined {
  try {
    const note: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof note !== 'object' || note === null) return undefined
    const { version, sha256, bytes: length, transcriptHash } = note as Partial<CacheNote>
    if (version !== 1 || typeof sha256 !== 'string' || typeof length !== 'number') return undefined
    if (transcriptHash === undefined || !/^0x[0-9a-f]{64}$/.test(transcriptHash)) return undefined
    return { version, sha256, bytes: length, transcriptHash }
  } catch {
    // A note that is no JSON is a broken cache entry; the key is made again.
    return undefined
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
