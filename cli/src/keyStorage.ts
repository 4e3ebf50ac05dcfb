import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { encryptKey, type Keystore } from '@assay/worker/keyFileEncrypted'
import { KeyFileError } from '@assay/worker/keyFileErrors'
import { accountOfKey } from '@assay/worker/keyFileParse'
import { writeKeyFile } from '@assay/worker/keyFileWrite'

/** Where a worker's key lies unless told. */
export function defaultKeyPath(): string {
  return join(homedir(), '.assay', 'keys', 'worker.json')
}

/** The default path as help shows it. */
export const defaultKeyPathText = '~/.assay/keys/worker.json'

/** Where a backup's files go unless told. */
export function defaultBackupFolder(): string {
  return join(homedir(), '.assay', 'backup')
}

/** The default folder of backups as help shows it. */
export const defaultBackupFolderText = '~/.assay/backup'

/** 32 random bytes that are a private key of secp256k1. */
export function generateKey(): Uint8Array {
  const key = randomBytes(32)
  // Fails for 1 in 2^128 draws, and then with a sentence.
  accountOfKey(key)
  return key
}

/**
 * Encrypts a key and writes its keystore, whole or not at all; key and passphrase are wiped.
 * @param options.replace keeps an existing file as a backup beside the new one; without it such a file is refused
 * @throws KeyFileError
 */
export async function saveKey(
  { path, key, passphrase }: { path: string; key: Uint8Array; passphrase: Uint8Array },
  options: { replace?: boolean } = {},
): Promise<{ keystore: Keystore; backup?: string }> {
  try {
    checkTarget(path, options)
    const keystore = await encryptKey({ key, passphrase })
    return { keystore, ...savePrivate({ path, text: keystoreText(keystore) }, options) }
  } finally {
    key.fill(0)
    passphrase.fill(0)
  }
}

/** A keystore as it stands in its file. */
export function keystoreText(keystore: Keystore): string {
  return `${JSON.stringify(keystore, null, 2)}\n`
}

/**
 * Writes a secret file of mode 0600. Its folder is made with mode 0700; one that exists and is open to others is refused, since closing
 * it could take somebody else's files away.
 * @throws KeyFileError
 */
export function savePrivate(
  { path, text }: { path: string; text: string },
  options: { replace?: boolean } = {},
): { backup?: string } {
  checkTarget(path, options)
  return writeKeyFile({ path: resolve(path), text }, options)
}

/**
 * Finds out before anybody types a passphrase that a file could not be written.
 * @throws KeyFileError
 */
export function checkTarget(path: string, { replace = false }: { replace?: boolean } = {}): void {
  if (!replace && existsSync(path)) {
    throw new KeyFileError({ path, fact: 'exists already and was not overwritten; name another with --out' })
  }
  const folder = dirname(resolve(path))
  const stats = statSync(folder, { throwIfNoEntry: false })
  if (stats !== undefined && (stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
    throw new KeyFileError({
      path,
      fact: `would lie in a folder of mode ${mode} that others may open; run: chmod 700 ${folder}, or name another folder`,
    })
  }
}
