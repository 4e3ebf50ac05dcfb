import { foldEvents, getJob, type Job } from '@assay/sdk/getJob'
import type { JobEvent } from '@assay/sdk/jobEvents'
import { watchJob } from '@assay/sdk/watchJob'
import { useEffect, useState } from 'react'
import type { Hex } from 'viem'
import { getBlock } from 'viem/actions'
import { useMarket } from './useNetwork'

/** A job as its events tell it. */
export type WatchedJob = Omit<Job, 'state' | 'feeBps'>

/** `times` maps a block number to its unix seconds. `offline` holds while the chain does not answer; the watch goes on. */
export type JobWatch = { job?: WatchedJob; times: ReadonlyMap<bigint, number>; error?: Error; offline: boolean }

const nothingYet: JobWatch = { times: new Map(), offline: false }

/** Follows one job from its request to its end, or to the end of the component. */
export function useJob(jobId: Hex): JobWatch {
  const { network, client } = useMarket()
  const [watch, setWatch] = useState<JobWatch>(nothingYet)

  useEffect(() => {
    const stop = new AbortController()
    const events: JobEvent[] = []
    const times = new Map<bigint, number>()
    const follow = async () => {
      // Asked once first, as an unknown job would otherwise be waited for without end.
      await getJob(client, { deployment: network, jobId })
      const onPollError = () => setWatch((known) => ({ ...known, offline: true }))
      for await (const event of watchJob(client, { deployment: network, jobId, onPollError }, stop.signal)) {
        events.push(event)
        if (!times.has(event.blockNumber)) {
          const { timestamp } = await getBlock(client, { blockNumber: event.blockNumber })
          times.set(event.blockNumber, Number(timestamp))
        }
        const job = foldEvents([...events])
        if (job && !stop.signal.aborted) setWatch({ job, times: new Map(times), offline: false })
      }
    }
    setWatch(nothingYet)
    follow().catch((error: unknown) => {
      if (!stop.signal.aborted)
        setWatch((known) => ({ ...known, error: error instanceof Error ? error : new Error(String(error)) }))
    })
    return () => stop.abort()
  }, [client, network, jobId])

  return watch
}
