'use client'
import { lazy, Suspense, useMemo } from 'react'
import { Address } from '../components/Address'
import { Badge } from '../components/Badge'
import { Button } from '../components/Button'
import { Empty } from '../components/Empty'
import { Loading } from '../components/Loading'
import { EndedOperations, OperationList } from '../components/OperationList'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { PowerList } from '../components/PowerList'
import { Problem } from '../components/Problem'
import { Stat, Stats } from '../components/Stat'
import { formatBps } from '../feePercent'
import { useChainTime } from '../hooks/useChainTime'
import { type MarketTerms, type Roles, useGovernanceNotes, useMarketTerms, useRoles } from '../hooks/useGovernance'
import { useMarket } from '../hooks/useNetwork'
import { useWallet } from '../hooks/useWallet'
import { grantsOf, operationsOf, roleLabels } from '../operations'
import { adminRole } from '../powers'
import { powerOf } from '../roleAccess'
import { shortText } from '../shortText'

// What sends is loaded after what is read.
const FeeChange = lazy(async () => ({ default: (await import('../components/FeeChange')).FeeChange }))
const PauseChange = lazy(async () => ({ default: (await import('../components/PauseChange')).PauseChange }))

/** What the owner of the market may change, who holds which power, and what is on its way. */
export function GovernanceView() {
  return (
    <Page
      title="Governance"
      lead="The owner’s powers are few, time-locked and capped. Nobody can upgrade the contracts or take escrowed money."
    >
      <Settings />
      <Roled />
      <Contracts />
    </Page>
  )
}

function Settings() {
  const { data: terms, error, refetch } = useMarketTerms()
  if (error && !terms) return <Problem what="The settings cannot be read." error={error} onRetry={() => refetch()} />
  if (!terms) return <Loading what="Reading the settings" rows={2} />
  return (
    <Panel title="Now">
      <Stats>
        <Stat name="Fee" note="of the price, on success">
          <span data-figure="fee">{formatBps(terms.feeBps)}</span>
        </Stat>
        <Stat name="Cap" note="written into the contract">
          {formatBps(terms.capBps)}
        </Stat>
        <Stat name="New orders and claims" note="answers and exits never stop">
          {terms.paused ? <Badge kind="failed">Paused</Badge> : <Badge>Open</Badge>}
        </Stat>
        <Stat name="Treasury" note="gets the fees; fixed for good">
          <Address hex={terms.treasury} what="the treasury’s address" />
        </Stat>
      </Stats>
    </Panel>
  )
}

function Roled() {
  const { network } = useMarket()
  const { address } = useWallet()
  const now = useChainTime()
  const { data: terms } = useMarketTerms()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useGovernanceNotes()
  const notes = useMemo(() => {
    const all = new Map(data?.pages.flatMap((page) => page.notes).map((note) => [`${note.block}:${note.index}`, note]))
    return [...all.values()].sort((a, b) => Number(b.block - a.block) || b.index - a.index)
  }, [data])
  const grants = useMemo(() => (data ? grantsOf(notes) : undefined), [data, notes])
  const { data: roles, error: rolesError, refetch: readRoles } = useRoles(grants, address)
  const labels = useMemo(() => roleLabels(notes), [notes])
  if (network.addresses.accessManager === undefined)
    return <Empty title="This network’s file names no contract that governs" />
  if (error && !data) return <Problem what="The changes cannot be read." error={error} onRetry={() => refetch()} />
  if (rolesError && !roles)
    return <Problem what="The roles cannot be read." error={rolesError} onRetry={() => readRoles()} />
  if (!data || !roles || !terms || now === 0) return <Loading what="Reading roles and changes" rows={12} />

  const roleName = (roleId: bigint) => {
    const label = labels.get(roleId)
    if (roleId === adminRole) return 'of the administrator'
    return label === undefined ? `number ${roleId}` : `“${shortText(label, 32)}”`
  }
  const operations = operationsOf(notes, { now, expirySeconds: terms.expirySeconds })
  const open = operations
    .filter(({ status }) => status === 'waiting' || status === 'ready')
    .sort((a, b) => a.executableAt - b.executableAt)
  const ended = operations.filter((operation) => !open.includes(operation))
  const times = new Map(data.pages.flatMap((page) => [...page.times]))
  return (
    <>
      <Panel title={`On its way: ${open.length}`}>
        {open.length > 0 ? (
          <OperationList operations={open} roles={roles} roleName={roleName} now={now} />
        ) : (
          <p className="text-quiet text-sm leading-relaxed">
            No change is scheduled. One that has a delay is listed here from when it is scheduled until it is carried
            out, cancelled, or expired.
          </p>
        )}
      </Panel>
      <Actions terms={terms} roles={roles} now={now} />
      <Panel title="Who can do what">
        <PowerList roles={roles} account={address} now={now} />
      </Panel>
      {ended.length > 0 && (
        <Panel title="Decided">
          <EndedOperations operations={ended} times={times} roleName={roleName} />
        </Panel>
      )}
      {hasNextPage && (
        <div className="grid gap-2">
          <p className="text-quiet text-sm">
            Changes are listed as far back as the newest blocks go; roles are those of the deployment and of these.
          </p>
          <Button pending={isFetchingNextPage ? 'Reading older blocks…' : undefined} onClick={() => fetchNextPage()}>
            Look further back
          </Button>
        </div>
      )}
    </>
  )
}

/** What the connected account's roles let it change; for the fee also what the owner account's signers have to do. */
function Actions({ terms, roles, now }: { terms: MarketTerms; roles: Roles; now: number }) {
  const { network } = useMarket()
  const { address } = useWallet()
  const own = (power: 'fee' | 'pause' | 'pauseAtOnce') => powerOf(roles, { power, account: address, now })
  const [feeSetter, pauser, guardian] = [own('fee'), own('pause'), own('pauseAtOnce')]
  const byOwner = powerOf(roles, { power: 'fee', account: network.addresses.ownerAccount, now })
  const setter = feeSetter ?? byOwner
  return (
    <Suspense fallback={<Loading what="Loading the actions" rows={2} />}>
      <div className="grid gap-6 empty:hidden lg:grid-cols-2">
        {setter && (
          <Panel title="Change the fee">
            <FeeChange terms={terms} holder={setter} signers={feeSetter === undefined} />
          </Panel>
        )}
        {(pauser || guardian) && (
          <Panel title={terms.paused ? 'End the pause' : 'Pause'}>
            <PauseChange paused={terms.paused} pauser={pauser} guardian={guardian} />
          </Panel>
        )}
      </div>
    </Suspense>
  )
}

function Contracts() {
  const { network } = useMarket()
  const { accessManager, ownerAccount, pauseSwitch } = network.addresses
  const contracts = [
    ['Access manager', 'says who holds which role, and keeps what is scheduled', accessManager],
    ['Owner account', 'several signers; what it changes waits in the access manager', ownerAccount],
    ['Pause switch', 'stops new orders and claims, never an exit', pauseSwitch],
  ] as const
  if (contracts.every(([, , address]) => address === undefined)) return null
  return (
    <Panel title="Contracts that govern">
      <dl className="grid gap-3 text-sm">
        {contracts.map(
          ([name, why, address]) =>
            address && (
              <div
                key={name}
                className="flex flex-wrap items-baseline justify-between gap-x-4 border-line border-b pb-3 last:border-b-0 last:pb-0"
              >
                <dt>
                  <span className="font-medium">{name}</span> <span className="text-quiet">{why}</span>
                </dt>
                <dd>
                  <Address hex={address} what={`the address of the ${name.toLowerCase()}`} />
                </dd>
              </div>
            ),
        )}
      </dl>
    </Panel>
  )
}
