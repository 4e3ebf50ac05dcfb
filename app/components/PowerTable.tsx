'use client'
import { type Address as Account, isAddressEqual } from 'viem'
import { delayText } from '../describeCall'
import { formatClock, formatDuration } from '../formatTime'
import type { RoleHolder, Roles } from '../hooks/useGovernance'
import { useMarket } from '../hooks/useNetwork'
import { useNow } from '../hooks/useNow'
import { adminRole, powers } from '../powers'
import { Address } from './Address'
import { type Column, Table } from './Table'

type Row = { id: string; what: string; cap: string; holders: readonly RoleHolder[] }

/** Every power over the market in words, with who holds it, what they wait, and what bounds it. */
export function PowerTable({ roles, account }: { roles: Roles; account: Account | undefined }) {
  return (
    <Table
      label="Who can do what"
      rows={rowsOf(roles)}
      keyOf={({ id }) => id}
      columns={[
        { name: 'Power', cell: ({ what }) => <span className="font-medium">{what}</span> },
        { name: 'Held by', cell: ({ holders }) => <Holders holders={holders} account={account} /> },
        boundColumn,
      ]}
    />
  )
}

const boundColumn: Column<Row> = {
  name: 'Bound',
  cell: ({ cap }) => <span className="text-quiet">{cap}</span>,
}

function rowsOf({ roles, needed }: Roles): Row[] {
  const holdersOf = (roleId: bigint | undefined) => (roleId === undefined ? [] : (roles.get(roleId)?.holders ?? []))
  const guardians = new Set([...needed.values()].flatMap((roleId) => roles.get(roleId)?.guardian ?? []))
  guardians.delete(adminRole)
  return [
    ...powers
      .filter(({ id }) => needed.has(id))
      .map(({ id, what, cap }) => ({ id, what, cap, holders: holdersOf(needed.get(id)) })),
    ...[...guardians].map((roleId) => ({
      id: `guardian ${roleId}`,
      what: 'Cancel what a role scheduled',
      cap: 'It can carry nothing out.',
      holders: holdersOf(roleId),
    })),
    {
      id: 'admin',
      what: 'Give and take roles, and change their delays',
      cap: 'It reaches no balance, stake, bond or job.',
      holders: holdersOf(adminRole),
    },
  ]
}

function Holders({ holders, account }: { holders: readonly RoleHolder[]; account: Account | undefined }) {
  if (holders.length === 0) return <span className="text-quiet">nobody</span>
  return (
    <ul className="grid gap-1.5 max-md:justify-items-end">
      {holders.map((holder) => (
        <li key={holder.account} className="flex flex-wrap items-baseline gap-x-2 max-md:justify-end">
          <HolderName holder={holder.account} account={account} />
          <HolderDelay holder={holder} />
        </li>
      ))}
    </ul>
  )
}

function HolderName({ holder, account }: { holder: Account; account: Account | undefined }) {
  const { ownerAccount, pauseSwitch } = useMarket().network.addresses
  const known = [
    ['you', account],
    ['the owner account', ownerAccount],
    ['the pause switch', pauseSwitch],
  ] as const
  const name = known.find(([, address]) => address !== undefined && isAddressEqual(address, holder))?.[0]
  return (
    <>
      {name && <span className="font-medium">{name}</span>}
      <Address hex={holder} what="a holder’s address" />
    </>
  )
}

function HolderDelay({ holder: { since, delaySeconds, next } }: { holder: RoleHolder }) {
  const now = useNow(60)
  const later = now > 0 && since > now ? `, from ${formatClock(since, now)} on` : ''
  return (
    <span className="text-quiet">
      {delayText(delaySeconds)}
      {later}
      {next && now > 0 && `, ${formatDuration(next.delaySeconds)} from ${formatClock(next.at, now)} on`}
    </span>
  )
}
