import { readFileSync, statSync } from 'node:fs'
import { localChainIds } from '@assay/sdk/developmentAccounts'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'

/** The key file cannot be used. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly path: string

  constructor({ path, fact, cause }: { path: string; fact: string; cause?: unknown }) {
    super(`The key file ${path} ${fact}.`, { cause })
    this.path = path
  }
}

/**
 * Reads the worker's signing key: a file of mode 0600 that holds 32 bytes in hex.
 * Raw key files are for local chains only; on others the key belongs in an encrypted keystore.
 * @throws KeyFileError
 */
export function readKeyFile(path: string, chainId: number): PrivateKeyAccount {
  if (!localChainIds.includes(chainId)) {
    throw new KeyFileError({
      path,
      fact: `holds a raw key, which is accepted on chains ${localChainIds.join(' and ')} only, not on ${chainId}: encrypted keystores come with a later release`,
    })
  }
  let mode: number
  let text: string
  try {
    mode = statSync(path).mode & 0o777
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new KeyFileError({ path, fact: 'cannot be read; set keyFile to a file with the private key in hex', cause })
  }
  if ((mode & 0o077) !== 0) {
    throw new KeyFileError({
      path,
      fact: `has insecure permissions ${mode.toString(8).padStart(4, '0')}; run: chmod 600 ${path}`,
    })
  }
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) {
    throw new KeyFileError({ path, fact: `does not hold a private key of 64 hex digits` })
  }
  try {
    // The pattern above makes it viem's Hex.
    return privateKeyToAccount((text.startsWith('0x') ? text : `0x${text}`) as `0x${string}`)
  } catch {
    // The library's message would repeat the key.
    throw new KeyFileError({
      path,
      fact: 'does not hold a valid private key: it must be above zero and below the curve order',
    })
  }
}
