import { type JobState, terminalStates } from '@assay/sdk/getJob'
import { inspectJobs, type JobSummary, type RequestedJob } from '@assay/sdk/inspectJobs'
import { useQuery } from '@tanstack/react-query'
import type { Address, Hex } from 'viem'
import { useMarket } from './useNetwork'

// A job never leaves a terminal state, so each is asked for once in a visit.
const ended = new Map<string, JobSummary>()

/** The present states of the jobs that a worker took, in their order. */
export function useWorkerJobs(operator: Address, jobs: readonly RequestedJob[]) {
  const { network, client, scope } = useMarket()
  const newest = jobs[0]?.jobId
  return useQuery({
    queryKey: ['worker', operator, 'jobs', newest, jobs.length],
    placeholderData: (known) => known,
    queryFn: async (): Promise<JobSummary[]> => {
      const keyOf = (jobId: Hex) => `${scope}:${jobId}`
      const asked = jobs.filter(({ jobId }) => !ended.has(keyOf(jobId)))
      const inspected = await inspectJobs(client, { deployment: network, jobs: asked })
      for (const job of inspected) if (isEnded(job.state)) ended.set(keyOf(job.jobId), job)
      const live = new Map(inspected.map((job) => [job.jobId, job]))
      return jobs.flatMap(({ jobId }) => live.get(jobId) ?? ended.get(keyOf(jobId)) ?? [])
    },
  })
}

function isEnded(state: JobState): boolean {
  return terminalStates.includes(state)
}
