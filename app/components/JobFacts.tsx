'use client'
import type { ReactNode } from 'react'
import { isAddressEqual, zeroAddress } from 'viem'
import { assuranceKind, assuranceTexts } from '../assuranceKind'
import type { Token } from '../formatAmount'
import { formatClock } from '../formatTime'
import type { WatchedJob } from '../hooks/useJob'
import { useMarket } from '../hooks/useNetwork'
import { useNow } from '../hooks/useNow'
import { Address } from './Address'
import { Amount } from './Amount'
import { CopyHex } from './CopyHex'
import { Link } from './Link'
import { Moment } from './Moment'

/** What was agreed in the order, and who took part. @param inputCid undefined until the model's manifest told the input's length */
export function JobFacts({ job, token, inputCid }: { job: WatchedJob; token: Token; inputCid: string | undefined }) {
  const { network } = useMarket()
  const { order, claim, answer } = job
  const kind = assuranceKind(network, order.assurance)
  const worker = claim?.worker ?? answer?.worker
  return (
    <dl className="grid text-sm sm:grid-cols-2 sm:gap-x-10">
      <Fact name="Requester">
        <Address hex={order.requester} what="the requester’s address" />{' '}
        <Link to="/jobs/" query={{ requester: order.requester }} className="underline underline-offset-4">
          all its jobs
        </Link>
      </Fact>
      <Fact name="Worker">
        {worker ? (
          <>
            <Address hex={worker} what="the worker’s address" />{' '}
            <Link to="/worker/" query={{ address: worker }} className="underline underline-offset-4">
              its page
            </Link>
          </>
        ) : (
          'none yet'
        )}
      </Fact>
      <Fact name="Assurance" note={assuranceTexts[kind]}>
        {kind}
      </Fact>
      <Fact name="Price" note="climbs from the one to the other until a worker takes the job">
        <Amount wei={order.minPrice} token={token} /> – <Amount wei={order.maxPrice} token={token} />
      </Fact>
      <Fact name="Worker’s bond">
        <Amount wei={order.bond} />
      </Fact>
      <Fact name="Can be claimed until">
        <Clock at={order.claimDeadline} />
      </Fact>
      <Fact name="Must be over by" note="after that anyone can have the escrow returned">
        <Clock at={order.finalDeadline} />
      </Fact>
      {order.minContributions > 0 && <Fact name="Contributions demanded of the setup">{order.minContributions}</Fact>}
      {!isAddressEqual(order.allowedWorker, zeroAddress) && (
        <Fact name="Reserved for">
          <Address hex={order.allowedWorker} what="the allowed worker’s address" />
        </Fact>
      )}
      {!isAddressEqual(order.callback, zeroAddress) && (
        <Fact name="Answer goes to contract">
          <Address hex={order.callback} what="the callback’s address" />
        </Fact>
      )}
      {inputCid && (
        <Fact name="Input on IPFS">
          <CopyHex hex={inputCid} what="the input’s CID" />
        </Fact>
      )}
    </dl>
  )
}

function Fact({ name, note, children }: { name: string; note?: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[auto_1fr] content-start items-baseline gap-x-4 border-line border-b py-2.5">
      <dt className="text-quiet">{name}</dt>
      <dd className="min-w-0 text-right">{children}</dd>
      {note && <dd className="col-span-2 mt-0.5 text-quiet text-[0.8125rem] leading-normal">{note}</dd>}
    </div>
  )
}

function Clock({ at }: { at: number }) {
  const now = useNow(60)
  return <Moment at={at}>{now === 0 ? '' : formatClock(at, now)}</Moment>
}
