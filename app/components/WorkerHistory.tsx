'use client'
import type { Worker } from '@assay/sdk/getWorker'
import { lazy, Suspense, useMemo } from 'react'
import { useWorkerHistory } from '../hooks/useWorkerHistory'
import { earningsOf, slashesOf } from '../workerHistory'
import { Button } from './Button'
import { Earnings } from './Earnings'
import { Loading } from './Loading'
import { Problem } from './Problem'
import { Slashes } from './Slashes'
import { WorkerJobs } from './WorkerJobs'
import { WorkerKeys } from './WorkerKeys'

const WorkerMachine = lazy(async () => ({ default: (await import('./WorkerMachine')).WorkerMachine }))

/** What a worker did: earnings, jobs, keys and losses, read backwards from the newest block; and its machine. @param now unix seconds */
export function WorkerHistory({ worker, isOperator, now }: { worker: Worker; isOperator: boolean; now: number }) {
  const { operator } = worker
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useWorkerHistory(operator)
  const notes = useMemo(() => data?.pages.flatMap((page) => page.notes) ?? [], [data])
  return (
    <>
      {error && !data && (
        <Problem what="The worker’s history cannot be read." error={error} onRetry={() => refetch()} />
      )}
      {!data && !error && <Loading what="Reading the worker’s history" />}
      {data && (
        <>
          <Earnings earnings={earningsOf(notes)} now={now} more={hasNextPage} />
          <WorkerJobs operator={operator} notes={notes} />
        </>
      )}
      <Suspense fallback={<Loading what="Loading" rows={2} />}>
        <WorkerMachine operator={operator} />
      </Suspense>
      <WorkerKeys worker={worker} notes={notes} isOperator={isOperator} now={now} />
      {data && <Slashes slashes={slashesOf(notes)} more={hasNextPage} />}
      {hasNextPage && (
        <Button pending={isFetchingNextPage ? 'Reading older blocks…' : undefined} onClick={() => fetchNextPage()}>
          Look further back
        </Button>
      )}
    </>
  )
}
