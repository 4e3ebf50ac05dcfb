'use client'
import { cancelJob } from '@assay/sdk/cancelJob'
import type { MarketClient, Network } from '@assay/sdk/deployment'
import { expireJob } from '@assay/sdk/expireJob'
import type { JobOrder } from '@assay/sdk/order'
import { refundJob } from '@assay/sdk/refundJob'
import { useMutation } from '@tanstack/react-query'
import { isAddressEqual } from 'viem'
import type { WatchedJob } from '../hooks/useJob'
import { useMarket } from '../hooks/useNetwork'
import { useNow } from '../hooks/useNow'
import { useWallet } from '../hooks/useWallet'
import { endWithoutAnswer } from '../jobStages'
import { Problem } from './Problem'

type Action = {
  label: string
  note: string
  send: (client: MarketClient, call: { deployment: Network; order: JobOrder }) => Promise<unknown>
}

/** The ways out of a job that is not answered: cancel it, take the escrow back, or end the claim of a worker that missed its time. */
export function JobActions({ job }: { job: WatchedJob }) {
  const now = useNow(1)
  const { network } = useMarket()
  const { address, wrongNetwork, askToConnect, store } = useWallet()
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (action: Action) => action.send(await store.sender(), { deployment: network, order: job.order }),
  })

  const own = address !== undefined && isAddressEqual(address, job.order.requester)
  const action = now > 0 ? possibleAction(job, now, own) : undefined
  if (!action) return null
  return (
    <div className="grid gap-3 border-line border-t pt-4">
      <p className="text-quiet text-sm leading-relaxed">{action.note}</p>
      {error && <Problem error={error} />}
      {address ? (
        <button
          type="button"
          className="button-quiet justify-self-start"
          disabled={isPending || wrongNetwork}
          onClick={() => mutate(action)}
        >
          {isPending ? 'Confirm in your wallet…' : action.label}
        </button>
      ) : (
        <button type="button" className="button-quiet justify-self-start" onClick={askToConnect}>
          Connect a wallet to do it
        </button>
      )}
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
