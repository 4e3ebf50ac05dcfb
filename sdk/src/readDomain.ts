import type { Address, TypedDataDomain } from 'viem'
import { getEip712Domain } from 'viem/actions'
import type { MarketClient } from './deployment.ts'

const members = ['name', 'version', 'chainId', 'verifyingContract', 'salt'] as const

/**
 * The EIP-712 domain that a contract says of itself, with the members that it uses and no others.
 * Source: https://eips.ethereum.org/EIPS/eip-5267
 * @throws viem's errors when the contract says none
 */
export async function readDomain(client: MarketClient, { address }: { address: Address }): Promise<TypedDataDomain> {
  const { domain, fields } = await getEip712Domain(client, { address })
  const used = Number(fields)
  return Object.fromEntries(members.flatMap((name, bit) => (used & (1 << bit) ? [[name, domain[name]]] : [])))
}
