'use client'
import { challengeJob } from '@assay/sdk/challengeJob'
import { isAddressEqual } from 'viem'
import type { AssuranceKind } from '../assuranceKind'
import type { Dispute } from '../disputeSides'
import { formatAmount } from '../formatAmount'
import type { WatchedJob } from '../hooks/useJob'
import { useMarket } from '../hooks/useNetwork'
import { useWallet } from '../hooks/useWallet'
import { Arbitration } from './Arbitration'
import { FinalizeButton } from './FinalizeButton'
import { TransactionButton } from './TransactionButton'

/** The actions of a pending answer: challenge it, have its arbitrator paid, or have it ended when its time is up. */
export function DisputeActions({
  job,
  dispute,
  assurance,
}: {
  job: WatchedJob
  dispute: Dispute
  assurance: AssuranceKind
}) {
  const { phase, challengeBond } = dispute
  if (assurance === 'quorum') return <Arbitration job={job} phase={phase} />
  if (phase === 'open') return challengeBond !== undefined && <ChallengeButton job={job} bond={challengeBond} />
  if (phase === 'quiet') return <FinalizeButton job={job}>Have the worker paid</FinalizeButton>
  return phase === 'lapsed' && <FinalizeButton job={job}>Have the contract decide</FinalizeButton>
}

function ChallengeButton({ job: { order, claim }, bond }: { job: WatchedJob; bond: bigint }) {
  const { network } = useMarket()
  const { address } = useWallet()
  const own = address !== undefined && claim !== undefined && isAddressEqual(address, claim.worker)
  return (
    <TransactionButton
      send={(client, options) => challengeJob(client, { ...options, deployment: network, order, bond })}
      blocked={own ? 'This is your own answer; somebody else has to doubt it.' : undefined}
    >
      {`Challenge with ${formatAmount(bond)}`}
    </TransactionButton>
  )
}
