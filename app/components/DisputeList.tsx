'use client'
import type { Job } from '@assay/sdk/getJob'
import { shortHex } from '../shortText'
import { DisputePanel } from './DisputePanel'
import { Link } from './Link'
import { ModelName } from './ModelName'

/** Jobs whose answers are not decided, each with what is to be done; its page shows question and answer. */
export function DisputeList({ jobs }: { jobs: readonly Job[] }) {
  return (
    <ul className="grid gap-6 lg:grid-cols-2">
      {jobs.map((job) => (
        <li key={job.jobId} data-job={job.jobId} className="grid min-w-0 content-start gap-3 border-line border-t pt-5">
          <h3 className="flex flex-wrap items-baseline gap-x-3">
            <Link
              to="/job/"
              query={{ id: job.jobId }}
              className="figures font-medium underline decoration-line underline-offset-4"
            >
              Job {shortHex(job.jobId)}
            </Link>
            <span className="text-quiet text-sm">
              <ModelName modelId={job.order.modelId} />
            </span>
          </h3>
          <DisputePanel job={job} />
        </li>
      ))}
    </ul>
  )
}
