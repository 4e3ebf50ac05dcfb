import type { TokenKey } from '@assay/worker/pkcs11Token'
import { parseTokenUri } from '@assay/worker/pkcs11Uri'
import type { TokenAccess } from '@assay/worker/signerPkcs11'
import { type Command, Option } from 'commander'
import { type Address, publicKeyToAddress } from 'viem/accounts'
import { createContext } from './context.ts'
import { facts } from './output.ts'
import { existingPassphrase, type PassphraseOptions } from './passphraseOptions.ts'

/** What {@link pkcs11Option} reads. */
export type TokenOptions = { pkcs11?: string }

/** The option that names a key in a token; it takes the place of the options that name a file. */
export function pkcs11Option(description: string): Option {
  return new Option('--pkcs11 <uri>', `${description} (RFC 7512, with module-path); --passphrase-file has its PIN`)
}

/** What a key in a token is, for a person or a program. */
export function showTokenKey(
  { uri, key, command }: { uri: string; key: TokenKey; command: Command },
  signal: AbortSignal,
): void {
  const { token, label, id, publicKey, extractable } = key
  const address: Address = publicKeyToAddress(publicKey)
  createContext(command, signal).output.result(
    { format: 'pkcs11', uri, address, token, label, id, extractable },
    facts([
      ['format', 'pkcs11'],
      ['address', address],
      ['token', token],
      ['label', label],
      ['id', id],
      ['leaves the token', extractable ? 'wrapped by another key (CKA_EXTRACTABLE)' : 'never'],
    ]),
  )
}

/** Makes a key in the token, or looks at the one there; the PIN comes from where passphrases do. */
export async function tokenKeyOf(
  uri: string,
  { make, options }: { make: boolean; options: PassphraseOptions },
): Promise<TokenKey> {
  const parsed = parseTokenUri(uri)
  const pin = await existingPassphrase({ options, what: 'PIN of the token' })
  const access: TokenAccess = { uri: parsed, pin }
  try {
    const { generateTokenKey, inspectTokenKey } = await import('@assay/worker/signerPkcs11')
    return await (make ? generateTokenKey(access) : inspectTokenKey(access))
  } finally {
    pin.fill(0)
  }
}
