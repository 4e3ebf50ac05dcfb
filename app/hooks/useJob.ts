import { foldEvents, getJob, type Job, JobUnknownError } from '@assay/sdk/getJob'
import type { JobEvent } from '@assay/sdk/jobEvents'
import { watchJob } from '@assay/sdk/watchJob'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Hex } from 'viem'
import { blockTimes } from './blockTimes'
import { useMarket } from './useNetwork'

/** A job as its events tell it. */
export type WatchedJob = Omit<Job, 'state' | 'feeBps'>

/** `times` maps a block number to its unix seconds. `offline` holds while the chain does not answer; the watch goes on. */
export type JobWatch = { job?: WatchedJob; times: ReadonlyMap<bigint, number>; error?: Error; offline: boolean }

type EventPlace = Pick<JobEvent, 'blockHash' | 'logIndex'>

/** Pause before a chain that did not answer is asked again. */
const retryMs = 2000
const nothingYet: JobWatch = { times: new Map(), offline: false }

/** Follows one job from its request to its end, or to the end of the component. */
export function useJob(jobId: Hex): JobWatch {
  const { network, client, scope } = useMarket()
  const queries = useQueryClient()
  const [watch, setWatch] = useState<JobWatch>(nothingYet)

  useEffect(() => {
    const stop = new AbortController()
    const offline = () => setWatch((known) => ({ ...known, offline: true }))
    const followOnce = async () => {
      // Asked once first, as an unknown job would otherwise be waited for without end; and what is known is shown at once.
      const first = await getJob(client, { deployment: network, jobId })
      let events: JobEvent[] = first.events
      let times = await blockTimes(client, { scope, blocks: events.map(({ blockNumber }) => blockNumber) })
      if (!stop.signal.aborted) setWatch({ job: first, times, offline: false })
      for await (const event of watchJob(client, { deployment: network, jobId, onPollError: offline }, stop.signal)) {
        const others = events.filter((each) => !isSame(each, event))
        if (!event.removed && others.length < events.length) continue
        events = event.removed ? others : [...events, event]
        times = await blockTimes(client, { scope, blocks: events.map(({ blockNumber }) => blockNumber) })
        const job = foldEvents([...events])
        if (!job || stop.signal.aborted) continue
        setWatch({ job, times, offline: false })
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
  }, [client, network, scope, queries, jobId])

  return watch
}

function isSame(one: EventPlace, other: EventPlace): boolean {
  return one.blockHash === other.blockHash && one.logIndex === other.logIndex
}
