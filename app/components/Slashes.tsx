'use client'
import { shortHex } from '../shortText'
import type { Slash, SlashReason } from '../workerHistory'
import { Amount } from './Amount'
import { Link } from './Link'
import { Panel } from './Panel'
import { type Column, Table } from './Table'
import { Time } from './Time'

const reasons: Record<SlashReason, string> = {
  late: 'It did not answer in time.',
  overturned: 'Its answer was challenged and fell.',
  released: 'It gave the job back.',
  equivocation: 'It signed two answers to one job.',
}

const columns: readonly Column<Slash>[] = [
  { name: 'When', cell: ({ at }) => <Time at={at} /> },
  { name: 'Why', cell: ({ reason }) => reasons[reason] },
  {
    name: 'Job',
    cell: ({ jobId }) => (
      <Link to="/job/" query={{ id: jobId }} className="figures underline decoration-line underline-offset-4">
        {shortHex(jobId)}
      </Link>
    ),
  },
  { name: 'Lost', end: true, cell: ({ amount }) => <Amount wei={amount} /> },
]

/** What a worker lost of its stake, and why. @param more there is more in older blocks */
export function Slashes({ slashes, more }: { slashes: readonly Slash[]; more: boolean }) {
  return (
    <Panel title="Slashing">
      {slashes.length === 0 ? (
        <p className="text-quiet text-sm">
          {more ? 'It lost nothing in the blocks that were read.' : 'It never lost a part of its stake.'}
        </p>
      ) : (
        <Table
          label="What it lost"
          columns={columns}
          rows={slashes}
          keyOf={({ jobId, at, reason }) => `${jobId}:${at}:${reason}`}
        />
      )}
    </Panel>
  )
}
