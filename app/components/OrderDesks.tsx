'use client'
import type { Deployment } from '@assay/sdk/deployment'
import { type Offer, OfferRefusedError, offerOrder, readOffer } from '@assay/sdk/offerOrder'
import type { SignedOrder } from '@assay/sdk/signOrder'
import { useQuery } from '@tanstack/react-query'
import type { Hex } from 'viem'
import { useMarket } from '../hooks/useNetwork'
import { shortText } from '../shortText'
import { Message } from './Message'

type OrderDesksProps = { signed: SignedOrder; jobId: Hex }

/** Hands a signed order to each worker's desk that the network names, and says what each makes of it. */
export function OrderDesks(props: OrderDesksProps) {
  const { network } = useMarket()
  const urls = network.orderDeskUrls ?? []
  if (urls.length === 0) return null
  return (
    <div className="grid gap-2">
      <p className="text-sm leading-relaxed">It goes to the workers that this network names:</p>
      <ul className="grid gap-2">
        {urls.map((url) => (
          <Desk key={url} url={url} {...props} />
        ))}
      </ul>
    </div>
  )
}

function Desk({ url, signed, jobId }: OrderDesksProps & { url: string }) {
  const { network } = useMarket()
  const { data, error } = useQuery({
    queryKey: ['orderDesk', url, jobId],
    retry: false,
    refetchInterval: 10_000,
    queryFn: ({ signal }) => handOver({ url, signed, jobId, deployment: network }, signal),
  })
  return (
    <li
      data-desk={error ? 'refused' : data ? 'taken' : 'asked'}
      className="flex flex-wrap justify-between gap-x-4 gap-y-1 rounded-md border border-line bg-sunken px-3 py-2 text-sm"
    >
      <span className="figures">{new URL(url).host}</span>
      <span role="status" className={`[overflow-wrap:anywhere] ${error ? 'text-failed' : 'text-quiet'}`}>
        {error ? <Message text={shortText(error.message, 240)} /> : data ? sayOffer(data) : 'Handing it over…'}
      </span>
    </li>
  )
}

function sayOffer({ status, detail }: Offer): string {
  if (status === 'open') return 'works on it'
  return detail === undefined ? shortText(status, 40) : `${shortText(status, 40)}: ${shortText(detail, 200)}`
}

/** What a desk makes of the order; one that has not seen it yet is given it. */
async function handOver(
  { url, signed, jobId, deployment }: OrderDesksProps & { url: string; deployment: Deployment },
  signal: AbortSignal,
): Promise<Offer> {
  try {
    return await readOffer({ workerUrl: url, jobId }, signal)
  } catch (error) {
    if (!(error instanceof OfferRefusedError)) throw error
    return offerOrder({ workerUrl: url, deployment, ...signed }, signal)
  }
}
