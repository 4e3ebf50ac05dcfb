import type { Network } from '@assay/sdk/deployment'

/** An assurance that the page can ask for. */
export type AssuranceName = 'proof' | 'optimistic'

/** What choosing an assurance means, in plain sentences. */
export const assuranceTexts: Record<AssuranceName, { name: string; text: string }> = {
  proof: {
    name: 'Proof',
    text: 'The contract takes the answer only together with a proof of it. It is final, and paid, at once.',
  },
  optimistic: {
    name: 'Optimistic',
    text: 'The worker answers without a proof, and anyone can challenge the answer for 10 minutes; then the worker has 10 minutes to prove it, or loses its bond to you and the challenger. Count on the answer only when that time is over.',
  },
}

/** The assurances that this network's market lists and the page has terms for. */
export function offeredAssurances({ addresses }: Pick<Network, 'addresses'>): AssuranceName[] {
  return addresses.optimisticAssurance === undefined ? ['proof'] : ['proof', 'optimistic']
}
