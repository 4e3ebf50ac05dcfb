'use client'
import { type Address as Account, isAddressEqual } from 'viem'
import { delayText } from '../describeCall'
import { formatClock, formatDuration } from '../formatTime'
import type { RoleHolder, Roles } from '../hooks/useGovernance'
import { useMarket } from '../hooks/useNetwork'
import { adminRole, powers } from '../powers'
import { Address } from './Address'

type Row = { id: string; what: string; cap: string; holders: readonly RoleHolder[] }

/** Every power over the market in words, with who holds it, what they wait, and what bounds it. @param now unix seconds */
export function PowerList({ roles, account, now }: { roles: Roles; account: Account | undefined; now: number }) {
  return (
    <ul className="grid text-sm">
      {rowsOf(roles).map(({ id, what, cap, holders }) => (
        <li
          key={id}
          data-power={id}
          className="grid gap-x-6 gap-y-1.5 border-line border-b py-3.5 first:pt-0 last:border-b-0 last:pb-0 md:grid-cols-[1fr_1.2fr_1.2fr]"
        >
          <h3 className="font-medium">{what}</h3>
          <Holders holders={holders} account={account} now={now} />
          <p className="text-quiet leading-relaxed">{cap}</p>
        </li>
      ))}
    </ul>
  )
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

type HoldersProps = { holders: readonly RoleHolder[]; account: Account | undefined; now: number }

function Holders({ holders, account, now }: HoldersProps) {
  if (holders.length === 0) return <p className="text-quiet">Nobody</p>
  return (
    <ul className="grid content-start gap-1.5">
      {holders.map((holder) => (
        <li key={holder.account} className="flex flex-wrap items-baseline gap-x-2">
          <HolderName holder={holder.account} account={account} />
          <HolderDelay holder={holder} now={now} />
        </li>
      ))}
    </ul>
  )
}

function HolderName({ holder, account }: { holder: Account; account: Account | undefined }) {
  const { ownerAccount, pauseSwitch } = useMarket().network.addresses
  const known = [
    ['You', account],
    ['Owner account', ownerAccount],
    ['Pause switch', pauseSwitch],
  ] as const
  const name = known.find(([, address]) => address !== undefined && isAddressEqual(address, holder))?.[0]
  return (
    <>
      {name && <span className="font-medium">{name}</span>}
      <Address hex={holder} what="a holder’s address" />
    </>
  )
}

function HolderDelay({ holder: { since, delaySeconds, next }, now }: { holder: RoleHolder; now: number }) {
  const later = since > now ? `, from ${formatClock(since, now)} on` : ''
  return (
    <span className="text-quiet">
      {delayText(delaySeconds)}
      {later}
      {next && `, ${formatDuration(next.delaySeconds)} from ${formatClock(next.at, now)} on`}
    </span>
  )
}
