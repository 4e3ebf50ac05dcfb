'use client'
import type { JobState } from '@assay/sdk/getJob'
import type { Hex } from 'viem'
import { explainError } from '../explainError'
import { useModels } from '../hooks/useModels'
import { useRecentJobs } from '../hooks/useRecentJobs'
import { shortHex, shortText } from '../shortText'
import { Amount } from './Amount'
import { Message } from './Message'
import { Notice } from './Notice'
import { RelativeTime } from './RelativeTime'

const stateLooks: Partial<Record<JobState, string>> = {
  Settled: 'text-proved',
  Requested: 'text-brass',
  Claimed: 'text-brass',
}

/** What others, and you, asked lately; each opens its own page. */
export function RecentJobs({ current }: { current: Hex | undefined }) {
  const { data: jobs, error } = useRecentJobs(6)
  const { data: models } = useModels()
  const nameOf = (modelId: Hex) =>
    models?.find((listed) => listed.modelId === modelId)?.manifest?.name ?? shortHex(modelId)

  return (
    <section aria-labelledby="recent-title" className="py-10">
      <h2 id="recent-title" className="mb-3 font-semibold text-lg tracking-tight">
        Recent jobs
      </h2>
      {error && !jobs && (
        <Notice kind="failed">
          <Message text={explainError(error)} />
        </Notice>
      )}
      {!jobs && !error && <p className="animate-waiting text-quiet text-sm">Reading the chain…</p>}
      {jobs?.length === 0 && (
        <p className="text-quiet text-sm">Nobody has asked yet. The first job will be listed here.</p>
      )}
      {jobs && jobs.length > 0 && (
        <ul className="border-line border-t">
          {jobs.map(({ jobId, state, order, requestedAt }) => (
            <li key={jobId} className="border-line border-b">
              <a
                href={`#job=${jobId}`}
                aria-current={jobId === current ? 'page' : undefined}
                className="grid grid-cols-[1fr_auto] items-baseline gap-x-4 gap-y-0.5 rounded-sm px-1 py-3 text-sm hover:bg-sunken sm:grid-cols-[8rem_1fr_6rem_9rem_6rem]"
                onClick={() => window.scrollTo({ top: 0 })}
              >
                <span className="figures">{shortHex(jobId)}</span>
                <span className="text-right text-quiet sm:text-left">{shortText(nameOf(order.modelId), 40)}</span>
                <span className={`font-medium ${stateLooks[state] ?? 'text-quiet'}`}>{state}</span>
                <span className="text-right">
                  <span className="text-quiet">up to</span> <Amount wei={order.maxPrice} />
                </span>
                <span className="text-quiet max-sm:hidden sm:text-right">
                  {requestedAt !== undefined && <RelativeTime at={requestedAt} />}
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
