import type { VerificationKey } from '@assay/circuits/verificationKey'
import { type Hex, hexToBytes, keccak256, zeroAddress } from 'viem'
import { getCode, readContract } from 'viem/actions'
import { proofVerifierAbi } from './abi/proofVerifier.ts'
import type { Deployment, MarketClient } from './deployment.ts'

/** The chain holds no verification key with this hash, or other bytes than its hash says. */
export class KeyUnavailableError extends Error {
  override readonly name = 'KeyUnavailableError'
  readonly keyHash: Hex

  constructor({ keyHash, reason }: { keyHash: Hex; reason: string }) {
    super(`The verification key ${keyHash} ${reason}; check that the node is of the right network.`)
    this.keyHash = keyHash
  }
}

/**
 * Reads a verification key from the contract code that holds it, and checks its hash.
 * @throws KeyUnavailableError
 */
export async function getVerificationKey(
  client: MarketClient,
  { deployment, keyHash }: { deployment: Pick<Deployment, 'addresses'>; keyHash: Hex },
): Promise<VerificationKey> {
  const pointer = await readContract(client, {
    address: deployment.addresses.proofVerifier,
    abi: proofVerifierAbi,
    functionName: 'keyPointer',
    args: [keyHash],
  })
  if (pointer === zeroAddress) throw new KeyUnavailableError({ keyHash, reason: 'is not stored on chain' })
  const code = await getCode(client, { address: pointer })
  // The first byte of the code is zero, so that it cannot be run; the key follows.
  const bytes = hexToBytes(code ?? '0x').slice(1)
  const actual = keccak256(bytes)
  if (actual !== keyHash) throw new KeyUnavailableError({ keyHash, reason: `came as bytes with the hash ${actual}` })
  // Loaded on demand, with the curve that its points are checked on.
  const { decodeVerificationKey } = await import('@assay/circuits/verificationKey')
  return decodeVerificationKey(bytes)
}
