'use client'
import { zeroAddress } from 'viem'
import { formatDuration } from '../formatTime'
import type { FeedJob } from '../hooks/useNetworkStats'
import { shortHex } from '../shortText'
import { Address } from './Address'
import { Link } from './Link'
import { ModelName } from './ModelName'
import { Time } from './Time'
import { TokenAmount } from './TokenAmount'

/** Jobs as they are paid, newest first; a new one is read out. */
export function SettledFeed({ jobs }: { jobs: readonly FeedJob[] }) {
  const [newest] = jobs
  if (!newest)
    return (
      <p className="text-quiet text-sm">Nothing was settled in these blocks. The next job appears here by itself.</p>
    )
  return (
    <>
      <p className="sr-only" role="status">
        Newest settled job: {shortHex(newest.jobId)}
      </p>
      <ol aria-label="Settled jobs, newest first" className="grid">
        {jobs.map((job) => (
          <li
            key={job.jobId}
            data-settled={job.jobId}
            className="grid animate-arrive grid-cols-[1fr_auto] gap-x-4 border-line border-b py-2.5 text-sm last:border-b-0 sm:grid-cols-[8rem_1fr_9rem_9rem_7rem]"
          >
            <Link
              to="/job/"
              query={{ id: job.jobId }}
              className="figures font-medium underline decoration-line underline-offset-4"
            >
              {shortHex(job.jobId)}
            </Link>
            <span className="order-last min-w-0 truncate sm:order-none">
              {job.modelId && <ModelName modelId={job.modelId} />}
              {job.requestedAt !== undefined && job.settledAt !== undefined && (
                <span className="text-quiet"> in {formatDuration(job.settledAt - job.requestedAt)}</span>
              )}
            </span>
            <span className="max-sm:hidden">
              <Address hex={job.worker} what="the worker’s address" />
            </span>
            <span className="text-right">
              <TokenAmount units={job.price} token={job.token ?? zeroAddress} />
            </span>
            <span className="order-last text-right text-quiet sm:order-none">
              {job.settledAt !== undefined && <Time at={job.settledAt} />}
            </span>
          </li>
        ))}
      </ol>
    </>
  )
}
