import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { getAddress, isAddressEqual, keccak256 } from 'viem'
import { z } from 'zod'
import { KeyAddressError, KeystoreFormatError, PassphraseWrongError } from './keyFileErrors.ts'
import { accountOfKey } from './keyFileParse.ts'

const hex = z.string().regex(/^([0-9a-f]{2})+$/i, 'is not hex')
const address = z.string().regex(/^(0x)?[0-9a-f]{40}$/i, 'is not an address')

// The caps keep a hostile file from taking the machine's memory or an hour of its time.
const v3Schema = z.object({
  version: z.literal(3),
  address: address.optional(),
  crypto: z.object({
    cipher: z.literal('aes-128-ctr'),
    cipherparams: z.object({ iv: hex.length(32) }),
    ciphertext: hex.length(64),
    kdf: z.enum(['scrypt', 'pbkdf2']),
    kdfparams: z.object({
      dklen: z.literal(32),
      salt: hex.max(256),
      n: z.number().int().min(2).max(1_048_576).optional(),
      r: z.number().int().min(1).max(32).optional(),
      p: z.number().int().min(1).max(16).optional(),
      c: z.number().int().min(1).max(10_000_000).optional(),
      prf: z.literal('hmac-sha256').optional(),
    }),
    mac: hex.length(64),
  }),
})

type Crypto = z.output<typeof v3Schema>['crypto']

/** What a Web3 keystore says of itself without its passphrase; some leave their address out. */
export type V3Description = { address?: string; cipher: Crypto['cipher']; kdf: Crypto['kdf'] }

const derivePbkdf2 = promisify(pbkdf2)

function deriveScrypt(
  passphrase: Uint8Array,
  { salt, n, r, p }: { salt: Buffer; n: number; r: number; p: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Node refuses to use more than maxmem; scrypt needs 128·n·r bytes and a little.
    scrypt(passphrase, salt, 32, { N: n, r, p, maxmem: 128 * r * (n + p + 2) }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}

/** Whether a text says that it is a Web3 keystore of version 3; the rest of it may still be unusable. */
export function isV3(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'version' in value && value.version === 3
  } catch {
    return false
  }
}

/**
 * Reads what a Web3 keystore says of itself; nothing is decrypted.
 * @throws KeystoreFormatError
 */
export function describeV3(text: string): V3Description {
  const { address: stated, crypto } = parseV3(text)
  const own = stated === undefined ? {} : { address: getAddress(`0x${stated.replace(/^0x/i, '')}`) }
  return { ...own, cipher: crypto.cipher, kdf: crypto.kdf }
}

/**
 * Decrypts a Web3 keystore of version 3 (scrypt or PBKDF2) and returns the 32 bytes of its key. Runs off the main thread.
 * Source: Web3 Secret Storage Definition.
 * @throws KeystoreFormatError, PassphraseWrongError, KeyAddressError, and errors of {@link accountOfKey}
 */
export async function importV3(text: string, passphrase: Uint8Array): Promise<Uint8Array> {
  const { crypto, address: stated } = parseV3(text)
  const derived = await derive(crypto, passphrase)
  const ciphertext = Buffer.from(crypto.ciphertext, 'hex')
  const mac = macOf(derived, ciphertext)
  if (!timingSafeEqual(mac, Buffer.from(crypto.mac, 'hex'))) {
    throw new PassphraseWrongError(stated ?? 'an unnamed account')
  }
  const iv = Buffer.from(crypto.cipherparams.iv, 'hex')
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const key = Buffer.concat([decipher.update(ciphertext), decipher.final()])
  const actual = accountOfKey(key).address
  if (stated !== undefined && !isAddressEqual(`0x${stated.replace(/^0x/i, '')}`, actual)) {
    throw new KeyAddressError({ stated, actual })
  }
  return key
}

/** Encrypts a key as a Web3 keystore of version 3 with scrypt, which other wallets import; `n` is scrypt's cost. */
export async function exportV3(
  { key, passphrase }: { key: Uint8Array; passphrase: Uint8Array },
  { n = 131_072 }: { n?: number } = {},
): Promise<string> {
  const { address: own } = accountOfKey(key)
  const salt = randomBytes(32)
  const iv = randomBytes(16)
  const derived = await deriveScrypt(passphrase, { salt, n, r: 8, p: 1 })
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()])
  return JSON.stringify({
    version: 3,
    id: randomUUID(),
    address: own.slice(2).toLowerCase(),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: iv.toString('hex') },
      ciphertext: ciphertext.toString('hex'),
      kdf: 'scrypt',
      kdfparams: { dklen: 32, n, r: 8, p: 1, salt: salt.toString('hex') },
      mac: macOf(derived, ciphertext).toString('hex'),
    },
  })
}

function parseV3(text: string): z.output<typeof v3Schema> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new KeystoreFormatError('it is not JSON', { cause })
  }
  const parsed = v3Schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new KeystoreFormatError(`${issue?.path.join('.') || 'it'}: ${issue?.message.replace(/\.$/, '')}`)
}

async function derive({ kdf, kdfparams }: Crypto, passphrase: Uint8Array): Promise<Buffer> {
  const { n, r, p, c } = kdfparams
  const salt = Buffer.from(kdfparams.salt, 'hex')
  if (kdf === 'pbkdf2') {
    if (c === undefined) throw new KeystoreFormatError('crypto.kdfparams has no c')
    return derivePbkdf2(passphrase, salt, c, 32, 'sha256')
  }
  if (n === undefined || r === undefined || p === undefined) {
    throw new KeystoreFormatError('crypto.kdfparams has no n, r and p')
  }
  if ((n & (n - 1)) !== 0) throw new KeystoreFormatError(`crypto.kdfparams.n is ${n}; it has to be a power of two`)
  if (128 * n * r > 1024 ** 3) throw new KeystoreFormatError('its scrypt parameters need more than 1 GiB of memory')
  return deriveScrypt(passphrase, { salt, n, r, p })
}

function macOf(derived: Uint8Array, ciphertext: Uint8Array): Buffer {
  return Buffer.from(keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext]), 'bytes'))
}
