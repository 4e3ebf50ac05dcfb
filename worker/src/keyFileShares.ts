import { randomBytes } from 'node:crypto'
import { combine, split } from 'shamir-secret-sharing'
import { isAddressEqual } from 'viem'
import { z } from 'zod'
import { KeyAddressError } from './keyFileErrors.ts'
import { accountOfKey } from './keyFileParse.ts'

const shareSchema = z.strictObject({
  format: z.literal('assay-key-share'),
  version: z.literal(1),
  address: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/)
    // The pattern above is viem's Address.
    .transform((text) => text as `0x${string}`),
  set: z.string().regex(/^[0-9a-f]{32}$/),
  number: z.number().int().min(1).max(255),
  needed: z.number().int().min(2).max(255),
  of: z.number().int().min(2).max(255),
  share: z.string().regex(/^([0-9a-f]{2}){33}$/),
})

/** One part of a backed-up key; fewer than `needed` of a set say nothing of the key. */
export type KeyShare = z.output<typeof shareSchema>

/** The shares at hand do not make a key. */
export class KeySharesError extends Error {
  override readonly name = 'KeySharesError'

  constructor(fact: string, options?: ErrorOptions) {
    super(`The shares do not make a key: ${fact}.`, options)
  }
}

/**
 * Splits a private key into shares of which some are needed to restore it (Shamir's scheme over GF(2^8)). Each belongs to another place.
 * @param options.needed at least 2, at most `of`, which is at most 255
 * @throws KeySharesError when the numbers do not fit, and errors of a key that is none
 */
export async function splitKey(key: Uint8Array, options: { needed: number; of: number }): Promise<KeyShare[]> {
  const { needed, of } = options
  if (!Number.isInteger(needed) || !Number.isInteger(of) || needed < 2 || needed > of || of > 255) {
    throw new KeySharesError(`${needed} of ${of} is no split; at least 2 are needed, of at most 255`)
  }
  const { address } = accountOfKey(key)
  const set = randomBytes(16).toString('hex')
  const shares = await split(Uint8Array.from(key), of, needed)
  return shares.map((share, index) => ({
    format: 'assay-key-share',
    version: 1,
    address,
    set,
    number: index + 1,
    needed,
    of,
    share: Buffer.from(share).toString('hex'),
  }))
}

/**
 * Restores a key from enough shares of one set, given as the texts of their files.
 * @throws KeySharesError when they are too few, of different sets or no shares; KeyAddressError when one was changed
 */
export async function restoreKey(texts: readonly string[]): Promise<Uint8Array> {
  const byNumber = new Map(texts.map(parseShare).map((share) => [share.number, share]))
  const shares = [...byNumber.values()]
  const [first] = shares
  if (first === undefined) throw new KeySharesError('there are none')
  const { set, address, needed } = first
  if (shares.some((share) => share.set !== set || share.address !== address || share.needed !== needed)) {
    throw new KeySharesError('they are of different sets')
  }
  if (shares.length < needed) throw new KeySharesError(`there are ${shares.length}, needed are ${needed}`)
  let key: Uint8Array
  try {
    key = await combine(shares.map(({ share }) => Uint8Array.from(Buffer.from(share, 'hex'))))
  } catch (cause) {
    throw new KeySharesError('they contradict each other', { cause })
  }
  const actual = accountOfKey(key).address
  if (!isAddressEqual(actual, address)) throw new KeyAddressError({ stated: address, actual })
  return key
}

function parseShare(text: string): KeyShare {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new KeySharesError('a file is not JSON', { cause })
  }
  const parsed = shareSchema.safeParse(value)
  if (!parsed.success) throw new KeySharesError(`a file is no share (${parsed.error.issues[0]?.path.join('.')})`)
  return parsed.data
}
