'use client'
import { type Address as Account, isAddress } from 'viem'
import { Address } from '../components/Address'
import { Amount } from '../components/Amount'
import { Button } from '../components/Button'
import { Empty } from '../components/Empty'
import { Loading } from '../components/Loading'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { Problem } from '../components/Problem'
import { Stat, Stats } from '../components/Stat'
import { useRoute } from '../hooks/useRoute'
import { useWalletState } from '../hooks/useWallet'
import { useWorker } from '../hooks/useWorker'

/** The worker at `?address=`, or that of the connected account. */
export function WorkerView() {
  const { query } = useRoute()
  const wallet = useWalletState()
  const asked = query.get('address')
  const named = asked !== null && isAddress(asked, { strict: false }) ? asked : undefined
  const operator = named ?? (asked === null && wallet.status === 'connected' ? wallet.address : undefined)
  return (
    <Page title="Worker" lead="An account that stakes, claims jobs and answers them, and the machine that does so.">
      {operator ? <Staked operator={operator} /> : <Nobody wrong={asked !== null} />}
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
      Connect the account that operates your worker, or name any worker’s account in the address:{' '}
      <code className="figures text-ink">?address=0x…</code>
    </Empty>
  )
}

function Staked({ operator }: { operator: Account }) {
  const { data: worker, error, refetch } = useWorker(operator)
  if (error) return <Problem what="The worker cannot be read." error={error} onRetry={() => refetch()} />
  if (worker === undefined) return <Loading what="Reading the worker from the chain" />
  if (worker === null) {
    return (
      <Empty title="This account is no worker">
        <Address hex={operator} what="the account’s address" /> is not registered. Register it with a stake:{' '}
        <code className="figures text-ink">assay worker register</code>.
      </Empty>
    )
  }
  return (
    <Panel title="Stake" actions={<Address hex={operator} what="the operator’s address" />}>
      <Stats>
        <Stat name="Free" note="can be bonded or taken out">
          <Amount wei={worker.free} />
        </Stat>
        <Stat name="Bonded" note="locked by live jobs">
          <Amount wei={worker.bonded} />
        </Stat>
        <Stat name="Unbonding">
          <Amount wei={worker.unbonding} />
        </Stat>
      </Stats>
    </Panel>
  )
}
