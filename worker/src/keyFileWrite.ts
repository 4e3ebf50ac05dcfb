import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { KeyFileError } from './keyFileErrors.ts'

/**
 * Writes a key file of mode 0600 in a folder of mode 0700, whole or not at all, and synced to disk.
 * An existing file is never lost: it is refused, or with `replace` kept beside the new one as `<path>.bak-<milliseconds>`.
 * @returns path of the kept file, if there was one
 * @throws KeyFileError when the file exists and `replace` is not set, or the folder is open to others and cannot be closed
 */
export function writeKeyFile(
  { path, text }: { path: string; text: string },
  { replace = false, now = Date.now() }: { replace?: boolean; now?: number } = {},
): { backup?: string } {
  const folder = dirname(path)
  makePrivate(folder)
  const part = `${path}.${process.pid}.part`
  const descriptor = openSync(part, 'wx', 0o600)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  try {
    // Unlike a rename, a link fails when the name is taken, so no check can come too late.
    if (!replace) {
      linkSync(part, path)
      return {}
    }
    const backup = `${path}.bak-${now}`
    const kept = keep(path, backup)
    renameSync(part, path)
    return kept ? { backup } : {}
  } catch (cause) {
    throw new KeyFileError({
      path,
      fact: 'exists already, or its folder takes no file; nothing was overwritten',
      cause,
    })
  } finally {
    rmSync(part, { force: true })
    syncFolder(folder)
  }
}

function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if ((statSync(folder).mode & 0o077) === 0) return
  try {
    chmodSync(folder, 0o700)
  } catch (cause) {
    throw new KeyFileError({ path: folder, fact: 'is a folder that others may read; run: chmod 700 on it', cause })
  }
}

/** Gives the file a second name; says whether there was one. */
function keep(path: string, backup: string): boolean {
  try {
    linkSync(path, backup)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
