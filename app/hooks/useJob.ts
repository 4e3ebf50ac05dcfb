import { foldEvents, getJob, type Job, JobUnknownError } from '@assay/sdk/getJob'
import type { JobEvent } from '@assay/sdk/jobEvents'
import { watchJob } from '@assay/sdk/watchJob'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Hex } from 'viem'
import { getBlock } from 'viem/actions'
import { useMarket } from './useNetwork'

/** A job as its events tell it. */
export type WatchedJob = Omit<Job, 'state' | 'feeBps'>

/** `times` maps a block number to its unix seconds. `offline` holds while the chain does not answer; the watch goes on. */
export type JobWatch = { job?: WatchedJob; times: ReadonlyMap<bigint, number>; error?: Error; offline: boolean }

/** Pause before a chain that did not answer is asked again. */
const retryMs = 2000
const nothingYet: JobWatch = { times: new Map(), offline: false }

/** Follows one job from its request to its end, or to the end of the component. */
export function useJob(jobId: Hex): JobWatch {
  const { network, client } = useMarket()
  const queries = useQueryClient()
  const [watch, setWatch] = useState<JobWatch>(nothingYet)

  useEffect(() => {
    const stop = new AbortController()
    const offline = () => setWatch((known) => ({ ...known, offline: true }))
    const followOnce = async () => {
      // Asked once first, as an unknown job would otherwise be waited for without end.
      await getJob(client, { deployment: network, jobId })
      let events: JobEvent[] = []
      const times = new Map<bigint, number>()
      for await (const event of watchJob(client, { deployment: network, jobId, onPollError: offline }, stop.signal)) {
        events = event.removed
          ? events.filter(({ blockHash, logIndex }) => blockHash !== event.blockHash || logIndex !== event.logIndex)
          : [...events, event]
        if (event.removed) times.delete(event.blockNumber)
        else if (!times.has(event.blockNumber)) {
          const { timestamp } = await getBlock(client, { blockNumber: event.blockNumber })
          times.set(event.blockNumber, Number(timestamp))
        }
        const job = foldEvents([...events])
        if (!job || stop.signal.aborted) continue
        setWatch({ job, times: new Map(times), offline: false })
        // What else the page shows of jobs and money changes with each event.
        void queries.invalidateQueries({ queryKey: ['jobs'] })
        void queries.invalidateQueries({ queryKey: ['marketBalance'] })
      }
    }
    const follow = async () => {
      while (!stop.signal.aborted) {
        try {
          return await followOnce()
        } catch (error) {
          if (stop.signal.aborted) return
          if (error instanceof JobUnknownError) {
            setWatch((known) => ({ ...known, error }))
            return
          }
          offline()
          await new Promise((resolve) => setTimeout(resolve, retryMs))
        }
      }
    }
    setWatch(nothingYet)
    void follow()
    return () => stop.abort()
  }, [client, network, queries, jobId])

  return watch
}
