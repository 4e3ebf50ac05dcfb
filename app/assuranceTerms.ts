import { auditBondUp, encodeAuditTerms } from '@assay/sdk/auditTerms'
import { type OrderTerms, orderDefaults } from '@assay/sdk/buildOrder'
import type { Network } from '@assay/sdk/deployment'
import { encodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import { encodeQuorumTerms } from '@assay/sdk/quorumTerms'
import { zeroAddress } from 'viem'
import type { AssuranceName } from './assurances'

/** How long an answer under `optimistic` can be challenged, and how long it, or one that `audit` drew, can be proved, in seconds. */
const windowSeconds = 600
const defenceSeconds = 600
/** One answer in five is drawn under `audit`, within this time if the contract asks for no longer one. */
const probabilityBps = 2000
const drawSeconds = 600
/** The round of a `quorum`: what its contract keeps for handing in comes on top. */
const quorumRound = { workers: 3, agreeing: 2, commitSeconds: 180, revealSeconds: 120 }
const quorumSeconds = 600

/** What the contracts ask of an order's terms. `challengeBond` in wei, what a challenger puts up at least. */
export type AssuranceLimits = { challengeBond: bigint; minDrawSeconds: number }

/** The part of an order's terms that its assurance decides. */
export type AssuredTerms = Pick<
  OrderTerms,
  'assurance' | 'assuranceData' | 'finalSeconds' | 'proveSeconds' | 'bond' | 'allowedWorker'
>

/** What an order says of its assurance. @param order.maxPrice in wei */
export function assuranceTerms(
  { addresses }: Pick<Network, 'addresses'>,
  { assurance, limits, maxPrice }: { assurance: AssuranceName; limits: AssuranceLimits; maxPrice: bigint },
): AssuredTerms {
  const { optimisticAssurance, auditAssurance, quorumAssurance } = addresses
  const { claimSeconds, proveSeconds } = orderDefaults
  const answered = claimSeconds + 2 * proveSeconds
  if (assurance === 'optimistic' && optimisticAssurance) {
    return {
      assurance: optimisticAssurance,
      assuranceData: encodeOptimisticTerms({ windowSeconds, defenceSeconds, challengeBond: limits.challengeBond }),
      finalSeconds: answered + windowSeconds + defenceSeconds,
    }
  }
  if (assurance === 'audit' && auditAssurance) {
    const draw = Math.max(drawSeconds, limits.minDrawSeconds)
    return {
      assurance: auditAssurance,
      assuranceData: encodeAuditTerms({ probabilityBps, drawSeconds: draw, defenceSeconds }),
      bond: auditBondUp({ maxPrice, probabilityBps }),
      finalSeconds: answered + draw + defenceSeconds,
    }
  }
  if (assurance === 'quorum' && quorumAssurance) {
    const nobody = { disputeSeconds: 0, arbitrationSeconds: 0, arbitrator: zeroAddress, arbitratorData: '0x' } as const
    return {
      assurance: quorumAssurance,
      assuranceData: encodeQuorumTerms({ ...quorumRound, ...nobody, workerBond: maxPrice, committee: [] }),
      // The assurance claims the job for its workers, whose bonds it holds itself.
      allowedWorker: quorumAssurance,
      bond: 0n,
      proveSeconds: quorumSeconds,
      finalSeconds: claimSeconds + 2 * quorumSeconds,
    }
  }
  return {}
}
