import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { KeyAboveOrderError, KeyLengthError, KeyZeroError } from './keyFileErrors.ts'

/** Order of secp256k1. Source: SEC 2, 2.4.1. */
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/**
 * Account of a private key, once it is known to be one.
 * @param key 32 bytes, big-endian
 * @throws KeyLengthError, KeyZeroError, KeyAboveOrderError; none repeats the key
 */
export function accountOfKey(key: Uint8Array): PrivateKeyAccount {
  if (key.length !== 32) throw new KeyLengthError(key.length)
  const hex = Buffer.from(key).toString('hex')
  const number = BigInt(`0x${hex}`)
  if (number === 0n) throw new KeyZeroError()
  if (number >= order) throw new KeyAboveOrderError()
  return privateKeyToAccount(`0x${hex}`)
}
