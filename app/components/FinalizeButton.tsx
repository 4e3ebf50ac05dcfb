'use client'
import { finalizeJobs } from '@assay/sdk/finalizeJobs'
import type { WatchedJob } from '../hooks/useJob'
import { useMarket } from '../hooks/useNetwork'
import { TransactionButton } from './TransactionButton'

/** Has the contract end a pending answer whose time is up, or that was ruled on; anyone may. */
export function FinalizeButton({ job, children }: { job: WatchedJob; children: string }) {
  const { network } = useMarket()
  const { order, answer } = job
  if (!answer) return null
  const answers = [{ order, outputs: answer.outputs }]
  return (
    <TransactionButton send={(client, options) => finalizeJobs(client, { ...options, deployment: network, answers })}>
      {children}
    </TransactionButton>
  )
}
