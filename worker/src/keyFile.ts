import { localChainIds } from '@assay/sdk/developmentAccounts'
import type { PrivateKeyAccount } from 'viem/accounts'
import { decryptKey, parseKeystore } from './keyFileEncrypted.ts'
import { KeyFileError } from './keyFileErrors.ts'
import { accountOfKey } from './keyFileParse.ts'
import { readSecretFile } from './keyFileRead.ts'
import { importV3, isV3 } from './keyFileV3.ts'

export { KeyFileError } from './keyFileErrors.ts'

/**
 * Reads a signing key: a file of mode 0600 that holds 32 bytes in hex.
 * Raw key files are for local chains only; on others the key belongs in an encrypted keystore.
 * @throws KeyFileError
 */
export function readKeyFile(path: string, chainId: number): PrivateKeyAccount {
  return rawKey({ path, text: readSecretFile(path).toString('utf8').trim() }, chainId)
}

/**
 * Reads a signing key from whatever its file holds: an encrypted keystore, a Web3 keystore of version 3, or, on local chains, 32 bytes
 * in hex. Decrypting runs off the main thread.
 * @param options.passphrase is asked for when the file is encrypted, and wiped afterwards
 * @throws KeyFileError, KeystoreFormatError, PassphraseWrongError, KeyAddressError, and errors of a key that is none
 */
export async function openKeyFile(
  path: string,
  options: { chainId: number; passphrase?: () => Uint8Array },
): Promise<PrivateKeyAccount> {
  const text = readSecretFile(path).toString('utf8').trim()
  if (!text.startsWith('{')) return rawKey({ path, text }, options.chainId)
  if (options.passphrase === undefined) {
    throw new KeyFileError({
      path,
      fact: 'is encrypted; set passphraseFile, passphraseDescriptor or passphraseCredential to where its passphrase is',
    })
  }
  const passphrase = options.passphrase()
  try {
    if (isV3(text)) return accountOfKey(await importV3(text, passphrase))
    const { key, account } = await decryptKey(parseKeystore(text), passphrase)
    key.fill(0)
    return account
  } finally {
    passphrase.fill(0)
  }
}

function rawKey({ path, text }: { path: string; text: string }, chainId: number): PrivateKeyAccount {
  if (!localChainIds.includes(chainId)) {
    throw new KeyFileError({
      path,
      fact: `holds a raw key, which is accepted on chains ${localChainIds.join(' and ')} only, not on ${chainId}: use an encrypted keystore`,
    })
  }
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) {
    throw new KeyFileError({ path, fact: 'does not hold a private key of 64 hex digits' })
  }
  try {
    return accountOfKey(Buffer.from(text.replace(/^0x/, ''), 'hex'))
  } catch (cause) {
    // Neither this message nor its cause repeats the key.
    throw new KeyFileError({
      path,
      fact: 'does not hold a valid private key: it must be above zero and below the curve order',
      cause,
    })
  }
}
