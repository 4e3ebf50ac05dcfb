'use client'
import { lazy, Suspense } from 'react'
import { assuranceKind } from '../assuranceKind'
import { type DisputePhase, type DisputeSide, disputeOf } from '../disputeSides'
import { formatClock, formatDuration } from '../formatTime'
import { useChainTime } from '../hooks/useChainTime'
import type { WatchedJob } from '../hooks/useJob'
import { useMarket } from '../hooks/useNetwork'
import { Badge, type BadgeKind } from './Badge'
import { Loading } from './Loading'
import { Moment } from './Moment'

// What sends is loaded when there is something to decide.
const DisputeActions = lazy(async () => ({ default: (await import('./DisputeActions')).DisputeActions }))

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
      <Suspense fallback={<Loading what="Opening the actions" rows={1} />}>
        <DisputeActions job={job} dispute={dispute} assurance={assurance} />
      </Suspense>
    </div>
  )
}

function Countdown({ until, now }: { until: number; now: number }) {
  return (
    <Moment at={until} className="figures text-quiet">
      {now <= until
        ? `${formatDuration(until - now)} left, until ${formatClock(until, now)}`
        : `since ${formatClock(until, now)}`}
    </Moment>
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
