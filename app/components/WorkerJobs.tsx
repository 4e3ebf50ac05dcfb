'use client'
import type { JobState } from '@assay/sdk/getJob'
import { useMemo, useState } from 'react'
import type { Address } from 'viem'
import { liveStates } from '../hooks/useJobs'
import { useWorkerJobs } from '../hooks/useWorkerJobs'
import { jobsOf, type WorkerNote } from '../workerHistory'
import { Button } from './Button'
import { JobRows } from './JobTable'
import { Loading } from './Loading'
import { Panel } from './Panel'
import { Problem } from './Problem'
import { Select } from './Select'

const filters = {
  all: { name: 'All', states: undefined },
  live: { name: 'Under way', states: liveStates },
  settled: { name: 'Settled', states: ['Settled'] },
  ended: { name: 'Refunded or cancelled', states: ['Refunded', 'Cancelled'] },
} as const satisfies Record<string, { name: string; states: readonly JobState[] | undefined }>

type Filter = keyof typeof filters

/** Rows that are shown before more are asked for. */
const pageRows = 10

/** The jobs that a worker claimed or answered, newest first, by their present state. */
export function WorkerJobs({ operator, notes }: { operator: Address; notes: readonly WorkerNote[] }) {
  const [filter, setFilter] = useState<Filter>('all')
  const [shown, setShown] = useState(pageRows)
  const requested = useMemo(() => jobsOf(notes).flatMap(({ request }) => request ?? []), [notes])
  const { data: jobs, error, refetch } = useWorkerJobs(operator, requested)
  const counted = (states: readonly JobState[] | undefined) =>
    jobs?.filter(({ state }) => states?.includes(state) ?? true) ?? []
  const options = (Object.keys(filters) as Filter[]).map((value) => ({
    value,
    name: `${filters[value].name} (${counted(filters[value].states).length})`,
  }))
  const rows = counted(filters[filter].states)
  if (error && !jobs) return <Problem what="Its jobs cannot be read." error={error} onRetry={() => refetch()} />
  return (
    <Panel title="Jobs">
      {!jobs ? (
        <Loading what="Reading its jobs" rows={3} />
      ) : jobs.length === 0 ? (
        <p className="text-quiet text-sm">It claimed no job in the blocks that were read.</p>
      ) : (
        <>
          <div className="max-w-64">
            <Select label="State now" options={options} chosen={filter} onChoose={setFilter} />
          </div>
          {rows.length === 0 ? (
            <p className="text-quiet text-sm">None is in this state.</p>
          ) : (
            <JobRows jobs={rows.slice(0, shown)} />
          )}
          {rows.length > shown && <Button onClick={() => setShown(shown + pageRows)}>Show more of them</Button>}
        </>
      )}
    </Panel>
  )
}
