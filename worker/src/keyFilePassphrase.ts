import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeyFileError } from './keyFileErrors.ts'
import { readSecretFile } from './keyFileRead.ts'

/** Where a passphrase comes from: a file of mode 0600, an open descriptor, or a systemd credential by name. */
export type PassphraseSource = { file: string } | { descriptor: number } | { credential: string }

/**
 * Reads a passphrase; one line break at its end does not belong to it.
 * @param environment has `CREDENTIALS_DIRECTORY` when systemd hands over credentials
 * @throws KeyFileError when it cannot be read, others may read it, or it is empty
 */
export function readPassphrase(
  source: PassphraseSource,
  environment: Record<string, string | undefined> = process.env,
): Uint8Array {
  const { path, bytes } = read(source, environment)
  const last = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0
  const passphrase = bytes.subarray(0, bytes.length - last)
  if (passphrase.length === 0) throw new KeyFileError({ path, fact: 'holds no passphrase; write one into it' })
  return passphrase
}

function read(
  source: PassphraseSource,
  environment: Record<string, string | undefined>,
): { path: string; bytes: Buffer } {
  if ('file' in source) return { path: source.file, bytes: readSecretFile(source.file) }
  if ('descriptor' in source) {
    const path = `descriptor ${source.descriptor}`
    try {
      return { path, bytes: readFileSync(source.descriptor) }
    } catch (cause) {
      throw new KeyFileError({ path, fact: 'cannot be read; open it before the worker starts', cause })
    }
  }
  const directory = environment.CREDENTIALS_DIRECTORY
  if (directory === undefined || source.credential.includes('/')) {
    throw new KeyFileError({
      path: source.credential,
      fact: 'is no credential at hand: CREDENTIALS_DIRECTORY is not set, or the name has a slash',
    })
  }
  const path = join(directory, source.credential)
  return { path, bytes: readSecretFile(path, { groupMayRead: true }) }
}
