'use client'
import type { JobState } from '@assay/sdk/getJob'
import type { JobSummary } from '@assay/sdk/inspectJobs'
import type { ReactNode } from 'react'
import { type JobFilter, useJobs } from '../hooks/useJobs'
import { shortHex } from '../shortText'
import { Badge, type BadgeKind } from './Badge'
import { Button } from './Button'
import { Empty } from './Empty'
import { Link } from './Link'
import { Loading } from './Loading'
import { ModelName } from './ModelName'
import { Problem } from './Problem'
import { type Column, Table } from './Table'
import { Time } from './Time'
import { TokenAmount } from './TokenAmount'

const stateLooks: Partial<Record<JobState, BadgeKind>> = {
  Settled: 'proved',
  Requested: 'waiting',
  Claimed: 'waiting',
  Answered: 'waiting',
  Challenged: 'failed',
}

type TimedJob = JobSummary & { requestedAt?: number | undefined }

const columns: readonly Column<TimedJob>[] = [
  {
    name: 'Job',
    cell: ({ jobId }) => (
      <Link
        to="/job/"
        query={{ id: jobId }}
        className="figures font-medium underline decoration-line underline-offset-4"
      >
        {shortHex(jobId)}
      </Link>
    ),
  },
  { name: 'Model', cell: ({ order }) => <ModelName modelId={order.modelId} /> },
  { name: 'State', cell: ({ state }) => <Badge kind={stateLooks[state] ?? 'plain'}>{state}</Badge> },
  { name: 'Price', end: true, cell: ({ price, order }) => <TokenAmount units={price} token={order.token} /> },
  {
    name: 'Requested',
    end: true,
    cell: ({ requestedAt }) => requestedAt !== undefined && <Time at={requestedAt} />,
  },
]

/** Rows of jobs; the moment of the request is left out where none of them has it. */
export function JobRows({ jobs }: { jobs: readonly TimedJob[] }) {
  const known = jobs.some(({ requestedAt }) => requestedAt !== undefined)
  return (
    <Table label="Jobs" columns={known ? columns : columns.slice(0, -1)} rows={jobs} keyOf={({ jobId }) => jobId} />
  )
}

/** Jobs, newest first; each opens its own page. With `pageable`, older ones are a press away. `empty` stands for a list without jobs. */
export function JobTable({
  filter,
  pageSize,
  pageable = false,
  empty = <NobodyAsked />,
}: {
  filter?: JobFilter
  pageSize: number
  pageable?: boolean
  empty?: ReactNode
}) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useJobs(filter, pageSize)
  if (error && !data) return <Problem what="The jobs cannot be read." error={error} onRetry={() => refetch()} />
  if (!data) return <Loading what="Reading the chain" rows={pageSize > 6 ? 8 : 4} />
  const jobs = data.pages.flatMap((page) => page.jobs)
  if (jobs.length === 0 && !(pageable && hasNextPage)) return empty
  return (
    <div className="grid gap-4">
      {jobs.length === 0 ? (
        <p className="text-quiet text-sm">None among the newest jobs.</p>
      ) : (
        <JobRows jobs={pageable ? jobs : jobs.slice(0, pageSize)} />
      )}
      {pageable && hasNextPage && (
        <Button pending={isFetchingNextPage ? 'Reading older blocks…' : undefined} onClick={() => fetchNextPage()}>
          Show older jobs
        </Button>
      )}
    </div>
  )
}

function NobodyAsked() {
  return (
    <Empty title="Nobody has asked yet">
      The first job is listed here as soon as it is on chain.{' '}
      <Link to="/" className="underline underline-offset-4">
        Ask a model
      </Link>{' '}
      to make it yours.
    </Empty>
  )
}
