import { readFileSync, statSync } from 'node:fs'

/** Largest file that a command reads: 512 MiB. */
export const maxFileBytes = 512 * 1024 * 1024

/** A file cannot be read, or is larger than commands read. */
export class FileUnreadableError extends Error {
  override readonly name = 'FileUnreadableError'
  readonly path: string

  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The file ${path} ${reason}.`, { cause })
    this.path = path
  }
}

/**
 * Reads a file whose size was looked at first, so that a wrong file never fills the memory.
 * @throws FileUnreadableError
 */
export function readFileLimited(path: string, maxBytes = maxFileBytes): Uint8Array {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw new FileUnreadableError({ path, reason: 'is not a file; name one' })
    if (stats.size > maxBytes) {
      throw new FileUnreadableError({
        path,
        reason: `has ${stats.size} bytes; at most ${maxBytes} are read, so pass a smaller file`,
      })
    }
    return readFileSync(path)
  } catch (cause) {
    if (cause instanceof FileUnreadableError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === 'ENOENT') throw new FileUnreadableError({ path, reason: 'does not exist; check the path', cause })
    throw new FileUnreadableError({ path, reason: `cannot be read (${code}); check its permissions`, cause })
  }
}

/**
 * Reads a JSON file.
 * @throws FileUnreadableError
 */
export function readJson(path: string, maxBytes?: number): unknown {
  const bytes = readFileLimited(path, maxBytes)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new FileUnreadableError({ path, reason: 'is not JSON; write one JSON value in UTF-8', cause })
  }
}
