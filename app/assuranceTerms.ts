import { type OrderTerms, orderDefaults } from '@assay/sdk/buildOrder'
import type { Network } from '@assay/sdk/deployment'
import { encodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import type { AssuranceName } from './assurances'

/** How long an answer under `optimistic` can be challenged, and then be defended, in seconds. */
const windowSeconds = 600
const defenceSeconds = 600

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
