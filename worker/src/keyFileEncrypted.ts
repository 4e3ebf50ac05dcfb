import { argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { isAddressEqual } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { z } from 'zod'
import { KeyAddressError, KeystoreFormatError, PassphraseWrongError } from './keyFileErrors.ts'
import { accountOfKey } from './keyFileParse.ts'

const deriveKey = promisify(argon2)

const hexOf = (bytes: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `is not ${bytes} bytes in hex`)

// The caps keep a hostile file from taking the machine's memory; the floors keep a weakened one from being used unnoticed.
const keystoreSchema = z.strictObject({
  format: z.literal('assay-keystore'),
  version: z.literal(1),
  address: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/)
    // The pattern above is viem's Address.
    .transform((text) => text as `0x${string}`),
  createdAt: z.iso.datetime(),
  kdf: z.literal('argon2id'),
  kdfparams: z.strictObject({
    memoryKiB: z.number().int().min(19_456).max(1_048_576),
    passes: z.number().int().min(1).max(16),
    lanes: z.number().int().min(1).max(16),
    salt: hexOf(16),
  }),
  cipher: z.literal('aes-256-gcm'),
  iv: hexOf(12),
  ciphertext: hexOf(32),
  tag: hexOf(16),
})

/** An encrypted key as it stands in its file; everything but the ciphertext and its tag is authenticated in clear. */
export type Keystore = z.output<typeof keystoreSchema>

/** Cost of a guess at the passphrase. Source: RFC 9106, section 4, second recommended option. */
export const defaultCost = { memoryKiB: 65_536, passes: 3, lanes: 4 } as const

/** Encrypts a private key: argon2id turns the passphrase into the key of AES-256-GCM. Runs off the main thread. */
export async function encryptKey(
  { key, passphrase }: { key: Uint8Array; passphrase: Uint8Array },
  options: { cost?: { memoryKiB: number; passes: number; lanes: number }; now?: Date } = {},
): Promise<Keystore> {
  const { address } = accountOfKey(key)
  const header = {
    format: 'assay-keystore',
    version: 1,
    address,
    createdAt: (options.now ?? new Date()).toISOString(),
    kdf: 'argon2id',
    kdfparams: { ...(options.cost ?? defaultCost), salt: randomBytes(16).toString('hex') },
    cipher: 'aes-256-gcm',
    iv: randomBytes(12).toString('hex'),
  } as const
  const secret = await secretOf(header.kdfparams, passphrase)
  try {
    const cipher = createCipheriv('aes-256-gcm', secret, Buffer.from(header.iv, 'hex')).setAAD(headerBytes(header))
    const ciphertext = Buffer.concat([cipher.update(key), cipher.final()])
    return { ...header, ciphertext: ciphertext.toString('hex'), tag: cipher.getAuthTag().toString('hex') }
  } finally {
    secret.fill(0)
  }
}

/**
 * Reads a keystore's text; nothing is decrypted.
 * @throws KeystoreFormatError
 */
export function parseKeystore(text: string): Keystore {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new KeystoreFormatError('it is not JSON', { cause })
  }
  const parsed = keystoreSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new KeystoreFormatError(`${issue?.path.join('.') || 'it'}: ${issue?.message.replace(/\.$/, '')}`)
}

/**
 * Decrypts a keystore.
 * @returns the 32 bytes of the private key and its account
 * @throws PassphraseWrongError, KeyAddressError, and errors of {@link accountOfKey}
 */
export async function decryptKey(
  keystore: Keystore,
  passphrase: Uint8Array,
): Promise<{ key: Uint8Array; account: PrivateKeyAccount }> {
  const { ciphertext, tag, ...header } = keystore
  const secret = await secretOf(header.kdfparams, passphrase)
  let key: Buffer
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, Buffer.from(header.iv, 'hex'))
      .setAAD(headerBytes(header))
      .setAuthTag(Buffer.from(tag, 'hex'))
    key = Buffer.concat([decipher.update(ciphertext, 'hex'), decipher.final()])
  } catch {
    throw new PassphraseWrongError(header.address)
  } finally {
    secret.fill(0)
  }
  const account = accountOfKey(key)
  if (!isAddressEqual(account.address, header.address)) {
    throw new KeyAddressError({ stated: header.address, actual: account.address })
  }
  return { key, account }
}

function secretOf({ memoryKiB, passes, lanes, salt }: Keystore['kdfparams'], passphrase: Uint8Array): Promise<Buffer> {
  return deriveKey('argon2id', {
    message: passphrase,
    nonce: Buffer.from(salt, 'hex'),
    parallelism: lanes,
    memory: memoryKiB,
    passes,
    tagLength: 32,
  })
}

/** What the tag covers besides the key: changing any of it, and not only the key, makes decryption fail. */
function headerBytes(header: Omit<Keystore, 'ciphertext' | 'tag'>): Buffer {
  const { format, version, address, createdAt, kdf, kdfparams, cipher, iv } = header
  const { memoryKiB, passes, lanes, salt } = kdfparams
  return Buffer.from(
    JSON.stringify([format, version, address, createdAt, kdf, memoryKiB, passes, lanes, salt, cipher, iv]),
  )
}
