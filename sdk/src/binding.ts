import { type Address, encodeAbiParameters, type Hex, keccak256 } from 'viem'

const parameters = [
  { name: 'chainId', type: 'uint256' },
  { name: 'market', type: 'address' },
  { name: 'jobId', type: 'bytes32' },
  { name: 'worker', type: 'address' },
] as const

/**
 * Public signal that ties a proof to one chain, market, job and worker (its operator account):
 * keccak256 of the four, ABI-encoded, shifted right by 8 bits so that it fits the scalar field.
 */
export function bindingOf(terms: { chainId: number; market: Address; jobId: Hex; worker: Address }): bigint {
  const encoded = encodeAbiParameters(parameters, [BigInt(terms.chainId), terms.market, terms.jobId, terms.worker])
  return BigInt(keccak256(encoded)) >> 8n
}
