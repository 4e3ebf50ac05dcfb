import type { Network } from '@assay/sdk/deployment'
import { isAddressEqual } from 'viem'

/** How an answer is made trustworthy, as the market's own assurances do it; `other` for a contract that this page does not know. */
export type AssuranceKind = 'proof' | 'optimistic' | 'audit' | 'quorum' | 'other'

/** What each kind of assurance promises, in a sentence. */
export const assuranceTexts: Record<AssuranceKind, string> = {
  proof: 'The worker is paid when the contract has accepted its proof.',
  optimistic: 'The worker is paid when nobody challenged its answer in time, or when it proved the challenged answer.',
  audit: 'The chain draws by lot whether the worker has to prove its answer.',
  quorum: 'Several workers answer unseen, and are paid when enough of them agree.',
  other: 'A contract that this page does not know decides; see its address.',
}

/** The kind of the assurance that an order names. */
export function assuranceKind({ addresses }: Pick<Network, 'addresses'>, assurance: `0x${string}`): AssuranceKind {
  const known = [
    ['proof', addresses.proofAssurance],
    ['optimistic', addresses.optimisticAssurance],
    ['audit', addresses.auditAssurance],
    ['quorum', addresses.quorumAssurance],
  ] as const
  return known.find(([, address]) => address !== undefined && isAddressEqual(address, assurance))?.[0] ?? 'other'
}
