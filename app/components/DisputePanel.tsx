'use client'
import { challengeJob } from '@assay/sdk/challengeJob'
import { finalizeJobs } from '@assay/sdk/finalizeJobs'
import { isAddressEqual } from 'viem'
import { type AssuranceKind, assuranceKind } from '../assuranceKind'
import { type Dispute, type DisputePhase, type DisputeSide, disputeOf } from '../disputeSides'
import { formatAmount } from '../formatAmount'
import { formatClock, formatDuration, formatExact } from '../formatTime'
import { useChainTime } from '../hooks/useChainTime'
import type { WatchedJob } from '../hooks/useJob'
import { useMarket } from '../hooks/useNetwork'
import { useWallet } from '../hooks/useWallet'
import { Badge, type BadgeKind } from './Badge'
import { TransactionButton } from './TransactionButton'

const phases: Record<DisputePhase, { kind: BadgeKind; name: string }> = {
  open: { kind: 'waiting', name: 'Can be challenged' },
  quiet: { kind: 'waiting', name: 'Waits to be paid' },
  defence: { kind: 'failed', name: 'Challenged' },
  lapsed: { kind: 'failed', name: 'Not defended' },
}

/** A pending answer: what each side must do and by when, and the actions of whoever can do them. Nothing when there is nothing to decide. */
export function DisputePanel({ job }: { job: WatchedJob }) {
  const { network } = useMarket()
  const now = useChainTime()
  const assurance = assuranceKind(network, job.order.assurance)
  const dispute = now > 0 ? disputeOf(job, { assurance, now }) : undefined
  if (!dispute) return null
  const { kind, name } = phases[dispute.phase]
  return (
    <div className="grid gap-4" data-dispute={dispute.phase}>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <Badge kind={kind}>{name}</Badge>
        <Countdown until={dispute.until} now={now} />
      </p>
      <dl className="grid gap-3">
        {dispute.sides.map((side) => (
          <Side key={side.who} side={side} now={now} />
        ))}
      </dl>
      <Actions job={job} dispute={dispute} assurance={assurance} />
    </div>
  )
}

function Countdown({ until, now }: { until: number; now: number }) {
  return (
    <time dateTime={new Date(until * 1000).toISOString()} title={formatExact(until)} className="figures text-quiet">
      {now <= until
        ? `${formatDuration(until - now)} left, until ${formatClock(until, now)}`
        : `since ${formatClock(until, now)}`}
    </time>
  )
}

function Side({ side, now }: { side: DisputeSide; now: number }) {
  return (
    <div className={`border-l-2 pl-3 ${side.acts ? 'border-brass-fill' : 'border-line'}`}>
      <dt className="flex flex-wrap items-baseline gap-x-2 font-medium text-sm">
        {side.who}
        {side.by !== undefined && <span className="font-normal text-quiet">by {formatClock(side.by, now)}</span>}
      </dt>
      <dd className="text-quiet text-sm leading-relaxed">{side.what}</dd>
    </div>
  )
}

function Actions({ job, dispute, assurance }: { job: WatchedJob; dispute: Dispute; assurance: AssuranceKind }) {
  const { network } = useMarket()
  const { address } = useWallet()
  const { order, answer } = job
  const worker = job.claim?.worker
  const { phase, challengeBond } = dispute
  if (phase === 'open' && challengeBond !== undefined) {
    const own = address !== undefined && worker !== undefined && isAddressEqual(address, worker)
    return (
      <TransactionButton
        send={(client, options) =>
          challengeJob(client, { ...options, deployment: network, order, bond: challengeBond })
        }
        blocked={own ? 'This is your own answer; somebody else has to doubt it.' : undefined}
      >
        {`Challenge with ${formatAmount(challengeBond)}`}
      </TransactionButton>
    )
  }
  // A ruling of an arbitrator can be carried out as soon as it is made.
  const decidable = phase === 'quiet' || phase === 'lapsed' || (phase === 'defence' && assurance === 'quorum')
  if (!decidable || !answer) return null
  const answers = [{ order, outputs: answer.outputs }]
  return (
    <TransactionButton send={(client, options) => finalizeJobs(client, { ...options, deployment: network, answers })}>
      {phase === 'quiet' ? 'Have the worker paid' : 'Have the contract decide'}
    </TransactionButton>
  )
}
