import type { OrderTerms } from '@assay/sdk/buildOrder'
import { orderDefaults } from '@assay/sdk/buildOrder'
import type { Network } from '@assay/sdk/deployment'
import { encodeOptimisticTerms } from '@assay/sdk/optimisticTerms'

/** An assurance that the page can ask for. */
export type AssuranceName = 'proof' | 'optimistic'

/** How long an answer under `optimistic` can be challenged, and then be defended, in seconds. */
const windowSeconds = 600
const defenceSeconds = 600

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

/** What an order says of its assurance. @param challengeBond in wei, what a challenger puts up */
export function assuranceTerms(
  { addresses }: Pick<Network, 'addresses'>,
  { assurance, challengeBond }: { assurance: AssuranceName; challengeBond: bigint },
): Pick<OrderTerms, 'assurance' | 'assuranceData' | 'finalSeconds'> {
  const { optimisticAssurance } = addresses
  if (assurance === 'proof' || optimisticAssurance === undefined) return {}
  const { claimSeconds, proveSeconds } = orderDefaults
  return {
    assurance: optimisticAssurance,
    assuranceData: encodeOptimisticTerms({ windowSeconds, defenceSeconds, challengeBond }),
    finalSeconds: claimSeconds + 2 * proveSeconds + windowSeconds + defenceSeconds,
  }
}
