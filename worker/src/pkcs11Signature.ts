import { type Address, type Hex, isAddressEqual, recoverAddress, type Signature } from 'viem'
import { TokenSignatureError } from './pkcs11Errors.ts'

/** Order of secp256k1. Source: SEC 2, 2.4.1 */
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/**
 * Makes a signature that Ethereum accepts of one as tokens make it: s in the low half (EIP-2), and the parity that recovers the key's address.
 * @param made r and s in hex, 32 bytes each
 * @throws TokenSignatureError when it is not of that key and hash
 */
export async function signatureOf(
  made: string,
  { hash, address }: { hash: Hex; address: Address },
): Promise<Signature> {
  if (!/^[0-9a-f]{128}$/.test(made)) throw new TokenSignatureError({ address })
  const s = BigInt(`0x${made.slice(64)}`)
  const low = s > order / 2n ? order - s : s
  for (const yParity of [0, 1]) {
    const signature: Signature = {
      r: `0x${made.slice(0, 64)}`,
      s: `0x${low.toString(16).padStart(64, '0')}`,
      yParity,
    }
    const signer = await recoverAddress({ hash, signature }).catch(() => undefined)
    if (signer !== undefined && isAddressEqual(signer, address)) return signature
  }
  throw new TokenSignatureError({ address })
}
