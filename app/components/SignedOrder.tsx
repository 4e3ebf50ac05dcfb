'use client'
import { cancelNonces } from '@assay/sdk/cancelNonces'
import { fetchOrder } from '@assay/sdk/fetchOrder'
import { getBalance } from '@assay/sdk/getBalance'
import { hashOrder } from '@assay/sdk/order'
import { encodeOrderFile } from '@assay/sdk/orderFile'
import { preflightOrder } from '@assay/sdk/preflightOrder'
import type { SignedOrder as Signed } from '@assay/sdk/signOrder'
import { useQuery } from '@tanstack/react-query'
import { isAddressEqual, zeroAddress } from 'viem'
import { formatClock, formatDuration } from '../formatTime'
import { type Market, useMarket } from '../hooks/useNetwork'
import { useNow } from '../hooks/useNow'
import { useWallet } from '../hooks/useWallet'
import { saveFile } from '../saveFile'
import { Amount } from './Amount'
import { Badge } from './Badge'
import { CopyHex } from './CopyHex'
import { Link } from './Link'
import { Loading } from './Loading'
import { Notice } from './Notice'
import { OrderDesks } from './OrderDesks'
import { Panel } from './Panel'
import { Problem } from './Problem'
import { SnippetBlock } from './SnippetBlock'
import { TransactionButton } from './TransactionButton'

/** An order that was only signed, by the CID in the address: how it stands, how a worker gets it, and the way to take it back. */
export function SignedOrder({ cid }: { cid: string }) {
  const market = useMarket()
  const { data, error, refetch } = useQuery({
    queryKey: ['signedOrder', cid],
    refetchInterval: 3000,
    queryFn: ({ signal }) => inspect(market, cid, signal),
  })
  return (
    <Panel title="Your signed order" actions={data && <StateBadge state={data.state} />}>
      {error && !data && <Problem what="The order cannot be read." error={error} onRetry={() => refetch()} />}
      {!data && !error && <Loading what="Reading the order" rows={2} />}
      {data && <Inspected cid={cid} {...data} />}
    </Panel>
  )
}

type State = 'taken' | 'open' | 'unusable'
type Inspection = { signed: Signed; jobId: `0x${string}`; state: State; sentence: string }

const stateLooks = {
  taken: { kind: 'proved', name: 'taken to the chain' },
  open: { kind: 'waiting', name: 'waiting for a worker' },
  unusable: { kind: 'failed', name: 'cannot be taken' },
} as const

function StateBadge({ state }: { state: State }) {
  return <Badge kind={stateLooks[state].kind}>{stateLooks[state].name}</Badge>
}

async function inspect({ network, client }: Market, cid: string, signal: AbortSignal): Promise<Inspection> {
  const signed = await fetchOrder({ deployment: network, gatewayUrl: network.gatewayUrl, cid }, signal)
  const jobId = hashOrder(signed.order, network)
  const asked = { call: 'claimSigned', account: zeroAddress, signature: signed.signature } as const
  const { reason, sentence } = await preflightOrder(client, { deployment: network, order: signed.order, ...asked })
  // The account that is asked for is no worker, which comes after all that concerns the order itself.
  const open = reason === 'None' || reason === 'WorkerUnknown'
  return { signed, jobId, sentence, state: reason === 'WrongState' ? 'taken' : open ? 'open' : 'unusable' }
}

function Inspected({ cid, signed, jobId, state, sentence }: Inspection & { cid: string }) {
  const { network, client } = useMarket()
  const { address } = useWallet()
  const now = useNow(1)
  const { order } = signed
  const { data: balance } = useQuery({
    queryKey: ['marketBalance', order.requester],
    queryFn: () => getBalance(client, { deployment: network, account: order.requester }),
  })
  const left = order.claimDeadline - now

  if (state === 'taken') {
    return (
      <>
        <p className="text-sm leading-relaxed">A worker took the order to the chain; its job has a page of its own.</p>
        <Link to="/job/" query={{ id: jobId }} className="button-main justify-self-start">
          Open the job
        </Link>
      </>
    )
  }
  return (
    <>
      {state === 'unusable' && <Notice kind="failed">No worker can take it any more. {sentence}</Notice>}
      {state === 'open' && (
        <p className="text-sm leading-relaxed">
          Nothing is on the chain yet and nothing was paid. The worker that takes it is paid at most{' '}
          <Amount wei={order.maxPrice} /> from the market balance of{' '}
          <CopyHex hex={order.requester} what="the requester’s address" />
          {balance && (
            <>
              {' '}
              (<Amount wei={balance.free} /> now)
            </>
          )}
          .{' '}
          {now > 0 &&
            `It can be taken until ${formatClock(order.claimDeadline, now)}, for another ${formatDuration(left)}.`}{' '}
          This page’s address shows it on any device.
        </p>
      )}
      {state === 'open' && (
        <>
          <OrderDesks signed={signed} jobId={jobId} />
          <p className="text-sm leading-relaxed">
            Hand it to a worker: the file below, or its content id <CopyHex hex={cid} what="content id of the order" />.
            Whoever relays it with a worker’s account earns the price:
          </p>
          <SnippetBlock language="Command line" code="assay order relay order.json" />
          <div className="flex flex-wrap gap-2">
            <button
              type="button"
              className="button-quiet"
              onClick={() => saveFile('order.json', new Uint8Array(encodeOrderFile(signed, network)))}
            >
              Download order.json
            </button>
          </div>
        </>
      )}
      {state === 'open' && address && isAddressEqual(address, order.requester) && (
        <TransactionButton
          send={(sender, options) => cancelNonces(sender, { ...options, deployment: network, nonces: [order.nonce] })}
        >
          Take it back
        </TransactionButton>
      )}
    </>
  )
}
