'use client'
import { useState } from 'react'
import { isAddressEqual, zeroAddress } from 'viem'
import { formatAmount } from '../formatAmount'
import { formatCount } from '../formatCount'
import { formatClock, formatDuration, formatRelative } from '../formatTime'
import { type Earning, type EarningBar, earningBars } from '../workerHistory'
import { Amount } from './Amount'
import { Panel } from './Panel'
import { Stat, Stats } from './Stat'
import { Table } from './Table'
import { Time } from './Time'

/** What a worker was paid over time, as bars and as a table. @param now unix seconds @param more there is more in older blocks */
export function Earnings({ earnings, now, more }: { earnings: readonly Earning[]; now: number; more: boolean }) {
  const inCoin = earnings.filter(({ token }) => token !== undefined && isAddressEqual(token, zeroAddress))
  const others = earnings.length - inCoin.length
  const oldest = earnings.at(-1)
  return (
    <Panel title="Earnings">
      {oldest === undefined ? (
        <p className="text-quiet text-sm leading-relaxed">
          {more
            ? 'Nothing was paid to it in the blocks that were read; look further back below.'
            : 'Nothing was paid to it yet. Each answer that holds is listed here when its job is settled.'}
        </p>
      ) : (
        <>
          <Stats>
            <Stat
              name="Earned"
              note={
                <>
                  since <Time at={oldest.at} />
                  {more && ', and more before'}
                </>
              }
            >
              <span data-figure="earned">
                <Amount wei={inCoin.reduce((sum, { amount }) => sum + amount, 0n)} />
              </span>
            </Stat>
            <Stat
              name="Answers paid"
              note={others > 0 ? `${others} of them in tokens or long after their request` : ''}
            >
              {formatCount(earnings.length)}
            </Stat>
          </Stats>
          {inCoin.length > 0 && <Chart earnings={inCoin} now={now} />}
        </>
      )}
    </Panel>
  )
}

function Chart({ earnings, now }: { earnings: readonly Earning[]; now: number }) {
  const [isOpen, setOpen] = useState(false)
  const { bars, stretchSeconds } = earningBars(earnings, now)
  const most = bars.reduce((highest, { amount }) => (amount > highest ? amount : highest), 1n)
  const first = bars[0]
  return (
    <figure className="grid gap-2">
      <figcaption className="text-quiet text-sm">
        Paid in each {formatStretch(stretchSeconds)}; the most was {formatAmount(most)}
      </figcaption>
      <svg
        viewBox={`0 0 ${bars.length} 40`}
        preserveAspectRatio="none"
        className="h-32 w-full border-line border-b"
        aria-hidden="true"
      >
        {bars.map((bar, index) => (
          <rect
            key={bar.from}
            x={index + 0.08}
            width="0.84"
            y={40 - heightOf(bar, most)}
            height={heightOf(bar, most)}
            className="fill-brass-fill"
          >
            <title>{`${formatAmount(bar.amount)}, ${jobsText(bar.jobs)}`}</title>
          </rect>
        ))}
      </svg>
      <p aria-hidden="true" className="figures flex justify-between gap-4 text-quiet text-xs">
        <span>{first && formatRelative(first.from, now)}</span>
        <span>now</span>
      </p>
      <details className="text-sm" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary className="py-1 text-quiet underline underline-offset-4">The same as a table</summary>
        <div className="pt-3">
          {isOpen && (
            <Table
              label="Earnings over time"
              rows={bars.filter(({ jobs }) => jobs > 0).toReversed()}
              keyOf={({ from }) => String(from)}
              columns={[
                { name: 'From', cell: ({ from }) => formatClock(from, now) },
                { name: 'Jobs', end: true, cell: ({ jobs }) => formatCount(jobs) },
                { name: 'Paid', end: true, cell: ({ amount }) => <Amount wei={amount} /> },
              ]}
            />
          )}
        </div>
      </details>
    </figure>
  )
}

/** Of 40; what was paid at all is seen. */
function heightOf({ amount }: EarningBar, most: bigint): number {
  return amount === 0n ? 0 : Math.max(1, Number((amount * 4000n) / most) / 100)
}

const jobsText = (jobs: number) => (jobs === 1 ? '1 job' : `${jobs} jobs`)

function formatStretch(seconds: number): string {
  const named: Readonly<Record<number, string>> = { 60: 'minute', 3600: 'hour', 86400: 'day', 604800: 'week' }
  return named[seconds] ?? formatDuration(seconds)
}
