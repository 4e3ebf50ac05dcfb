'use client'
import { cancelJob } from '@assay/sdk/cancelJob'
import type { MarketClient, Network } from '@assay/sdk/deployment'
import { expireJob } from '@assay/sdk/expireJob'
import type { JobOrder } from '@assay/sdk/order'
import { refundJob } from '@assay/sdk/refundJob'
import type { SendOptions } from '@assay/sdk/sendCall'
import { isAddressEqual } from 'viem'
import { useChainTime } from '../hooks/useChainTime'
import type { WatchedJob } from '../hooks/useJob'
import { useMarket } from '../hooks/useNetwork'
import { useWallet } from '../hooks/useWallet'
import { endWithoutAnswer } from '../jobStages'
import { TransactionButton } from './TransactionButton'

type Action = {
  label: string
  note: string
  send: (client: MarketClient, call: SendOptions & { deployment: Network; order: JobOrder }) => Promise<unknown>
}

/** The ways out of a job that is not answered: cancel it, take the escrow back, or end the claim of a worker that missed its time. */
export function JobActions({ job }: { job: WatchedJob }) {
  const now = useChainTime()
  const { network } = useMarket()
  const { address } = useWallet()
  const own = address !== undefined && isAddressEqual(address, job.order.requester)
  const action = now > 0 ? possibleAction(job, now, own) : undefined
  if (!action) return null
  return (
    <div className="grid gap-3 border-line border-t pt-4">
      <p className="text-quiet text-sm leading-relaxed">{action.note}</p>
      <TransactionButton
        key={action.label}
        send={(client, options) => action.send(client, { ...options, deployment: network, order: job.order })}
      >
        {action.label}
      </TransactionButton>
    </div>
  )
}

function possibleAction(job: WatchedJob, now: number, own: boolean): Action | undefined {
  const { order, claim, answer } = job
  if (answer || endWithoutAnswer(job)) return undefined
  if (claim) {
    if (now <= claim.due) return undefined
    return {
      label: 'End the claim',
      note: 'The worker missed its time. Ending its claim takes its bond and opens the job again, or returns the escrow when time is up. Anyone may do it.',
      send: expireJob,
    }
  }
  if (now > order.claimDeadline)
    return {
      label: 'Return the escrow',
      note: 'Nobody took the job in time. Returning the escrow puts the whole amount back into the requester’s market balance. Anyone may do it.',
      send: refundJob,
    }
  if (own)
    return {
      label: 'Cancel this job',
      note: 'While no worker has taken it you can withdraw the job, and get the whole amount back.',
      send: cancelJob,
    }
  return undefined
}
