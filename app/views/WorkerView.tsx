'use client'
import type { Worker } from '@assay/sdk/getWorker'
import { lazy, Suspense } from 'react'
import { type Address as Account, isAddress, isAddressEqual } from 'viem'
import { Address } from '../components/Address'
import { Amount } from '../components/Amount'
import { Button } from '../components/Button'
import { Empty } from '../components/Empty'
import { Loading } from '../components/Loading'
import { Moment } from '../components/Moment'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { Problem } from '../components/Problem'
import { Stat, Stats } from '../components/Stat'
import { formatClock, formatDuration } from '../formatTime'
import { useChainTime } from '../hooks/useChainTime'
import { useMarketBalance } from '../hooks/useMarketBalance'
import { useRoute } from '../hooks/useRoute'
import { useSlashedCredit } from '../hooks/useSlashedCredit'
import { useWalletState } from '../hooks/useWallet'
import { useWorker } from '../hooks/useWorker'

// What is read after the stake, and what sends, is loaded after it.
const StakeActions = lazy(async () => ({ default: (await import('../components/StakeActions')).StakeActions }))
const RegisterWorker = lazy(async () => ({ default: (await import('../components/RegisterWorker')).RegisterWorker }))
const MarketBalance = lazy(async () => ({ default: (await import('../components/MarketBalance')).MarketBalance }))
const SlashedCredit = lazy(async () => ({ default: (await import('../components/SlashedCredit')).SlashedCredit }))
const WorkerHistory = lazy(async () => ({ default: (await import('../components/WorkerHistory')).WorkerHistory }))

/** The worker at `?address=`, or that of the connected account. */
export function WorkerView() {
  const { query } = useRoute()
  const wallet = useWalletState()
  const asked = query.get('address')
  const named = asked !== null && isAddress(asked, { strict: false }) ? asked : undefined
  const own = wallet.status === 'connected' ? wallet.address : undefined
  const operator = named ?? (asked === null ? own : undefined)
  return (
    <Page
      title="Worker"
      lead="An account that locks stake to claim jobs, and the machine that answers them. It is paid for what its evidence carries, and loses the bond of a job that it answers wrong or late."
    >
      {operator ? <Operator key={operator} operator={operator} own={own} /> : <Nobody wrong={asked !== null} />}
    </Page>
  )
}

function Nobody({ wrong }: { wrong: boolean }) {
  const wallet = useWalletState()
  return (
    <Empty
      title={wrong ? 'This is no account’s address' : 'No worker is named'}
      action={wallet.status === 'disconnected' && <Button onClick={wallet.askToConnect}>Connect a wallet</Button>}
    >
      Connect the account that operates your worker, or that shall; or name any worker’s account in the address:{' '}
      <code className="figures text-ink">?address=0x…</code>
    </Empty>
  )
}

function Operator({ operator, own }: { operator: Account; own: Account | undefined }) {
  const { data: worker, error, refetch } = useWorker(operator)
  const isOperator = own !== undefined && isAddressEqual(own, operator)
  if (error && !worker) return <Problem what="The worker cannot be read." error={error} onRetry={() => refetch()} />
  if (worker === undefined) return <Loading what="Reading the worker from the chain" />
  if (worker) return <Registered worker={worker} isOperator={isOperator} />
  return isOperator ? (
    <Suspense fallback={<Loading what="Loading the form" />}>
      <RegisterWorker />
    </Suspense>
  ) : (
    <Empty title="This account is no worker">
      <Address hex={operator} what="the account’s address" /> is not registered. Its owner can register it here, or with{' '}
      <code className="figures text-ink">assay stake register</code>.
    </Empty>
  )
}

function Registered({ worker, isOperator }: { worker: Worker; isOperator: boolean }) {
  const now = useChainTime()
  return (
    <>
      <Stake worker={worker} isOperator={isOperator} now={now} />
      <Suspense fallback={<Loading what="Loading the worker’s history" />}>
        {isOperator && (
          <>
            <MarketBalance from="Earned by answers, or given back of your own jobs." />
            <SlashedCredit account={worker.operator} />
          </>
        )}
        {now > 0 && <WorkerHistory worker={worker} isOperator={isOperator} now={now} />}
      </Suspense>
    </>
  )
}

function Stake({ worker, isOperator, now }: { worker: Worker; isOperator: boolean; now: number }) {
  const { operator, free, bonded, unbonding, unbondableAt } = worker
  const { data: balance } = useMarketBalance(operator)
  const { data: slashed } = useSlashedCredit(operator)
  const claimable = balance === undefined || slashed === undefined ? undefined : balance.free + slashed
  return (
    <Panel title="Stake" actions={<Address hex={operator} what="the operator’s address" />}>
      <Stats>
        <Stat name="Free" note="can be bonded or taken out">
          <span data-figure="free">
            <Amount wei={free} />
          </span>
        </Stat>
        <Stat name="Bonded" note="locked by live jobs">
          <Amount wei={bonded} />
        </Stat>
        <Stat name="Unbonding" note={unbonding > 0n && now > 0 && <Due at={unbondableAt} now={now} />}>
          <span data-figure="unbonding">
            <Amount wei={unbonding} />
          </span>
        </Stat>
        <Stat name="To claim" note="earned, and not withdrawn yet">
          {claimable === undefined ? '…' : <Amount wei={claimable} />}
        </Stat>
      </Stats>
      {isOperator && now > 0 && (
        <Suspense fallback={<Loading what="Loading the actions" rows={1} />}>
          <StakeActions worker={worker} now={now} />
        </Suspense>
      )}
    </Panel>
  )
}

function Due({ at, now }: { at: number; now: number }) {
  return (
    <Moment at={at}>
      {at <= now ? 'can be withdrawn now' : `for another ${formatDuration(at - now)}, until ${formatClock(at, now)}`}
    </Moment>
  )
}
