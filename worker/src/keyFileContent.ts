import { decryptKey, type Keystore, parseKeystore } from './keyFileEncrypted.ts'
import { KeyFileError } from './keyFileErrors.ts'
import { accountOfKey } from './keyFileParse.ts'
import { readSecretFile } from './keyFileRead.ts'
import { describeV3, importV3, isV3, type V3Description } from './keyFileV3.ts'

/** What a key file holds; nothing is decrypted yet, and only `raw` has the 32 bytes of its key in clear. */
export type KeyFileContent =
  | { format: 'assay-keystore'; keystore: Keystore }
  | { format: 'web3-v3'; text: string; description: V3Description }
  | { format: 'raw'; key: Uint8Array }

/**
 * Reads a key file of any of the three formats.
 * @throws KeyFileError, KeystoreFormatError
 */
export function readKeyContent(path: string): KeyFileContent {
  const text = readSecretFile(path).toString('utf8').trim()
  if (!text.startsWith('{')) {
    if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) {
      throw new KeyFileError({ path, fact: 'holds neither a keystore nor a private key of 64 hex digits' })
    }
    return { format: 'raw', key: Buffer.from(text.replace(/^0x/, ''), 'hex') }
  }
  if (isV3(text)) return { format: 'web3-v3', text, description: describeV3(text) }
  return { format: 'assay-keystore', keystore: parseKeystore(text) }
}

/**
 * Takes the key out of a key file's content, once it is known to be one. Decrypting runs off the main thread.
 * @param passphrase is asked for when the content is encrypted, and wiped afterwards
 * @returns 32 bytes, which the caller wipes
 * @throws PassphraseWrongError, KeyAddressError, and errors of a key that is none
 */
export async function keyOfContent(
  content: KeyFileContent,
  passphrase: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  if (content.format === 'raw') {
    accountOfKey(content.key)
    return content.key
  }
  const secret = await passphrase()
  try {
    if (content.format === 'web3-v3') return await importV3(content.text, secret)
    return (await decryptKey(content.keystore, secret)).key
  } finally {
    secret.fill(0)
  }
}
