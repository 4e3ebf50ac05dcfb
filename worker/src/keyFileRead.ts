import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { KeyFileError } from './keyFileErrors.ts'

const maxBytes = 64 * 1024

/**
 * Reads a file that only its owner may read. The mode is that of the opened file: it cannot be exchanged in between.
 * @param options.groupMayRead for files of systemd: it lets a service's user read by an ACL, whose mask shows as the group's bit
 * @throws KeyFileError when it cannot be read, is no file, is over 64 KiB, or group or others have any other access
 */
export function readSecretFile(path: string, { groupMayRead = false }: { groupMayRead?: boolean } = {}): Buffer {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw new KeyFileError({ path, fact: 'cannot be read; check the path and who owns it', cause })
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw new KeyFileError({ path, fact: 'is no regular file' })
    const mode = stats.mode & 0o777
    if ((mode & (groupMayRead ? 0o037 : 0o077)) !== 0) {
      const octal = mode.toString(8).padStart(4, '0')
      throw new KeyFileError({ path, fact: `has insecure permissions ${octal}; run: chmod 600 ${path}` })
    }
    if (stats.size > maxBytes) throw new KeyFileError({ path, fact: `has ${stats.size} bytes, more than ${maxBytes}` })
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
