'use client'
import { lazy, Suspense } from 'react'
import { describeCall } from '../describeCall'
import { formatClock, formatDuration } from '../formatTime'
import type { Roles } from '../hooks/useGovernance'
import { useMarket } from '../hooks/useNetwork'
import type { Operation, OperationStatus } from '../operations'
import { Address } from './Address'
import { Badge, type BadgeKind } from './Badge'
import { CopyHex } from './CopyHex'
import { Moment } from './Moment'
import { type Column, Table } from './Table'
import { Time } from './Time'

// What sends is loaded after what is read.
const OperationActions = lazy(async () => ({ default: (await import('./OperationActions')).OperationActions }))

const statuses: Record<OperationStatus, { kind: BadgeKind; name: string }> = {
  waiting: { kind: 'waiting', name: 'Waits' },
  ready: { kind: 'waiting', name: 'Can be carried out' },
  expired: { kind: 'plain', name: 'Expired' },
  executed: { kind: 'plain', name: 'Carried out' },
  cancelled: { kind: 'plain', name: 'Cancelled' },
}

type RoleName = (roleId: bigint) => string

/** Scheduled calls that are not over: what each would do, from when and until when it can be carried out, and the actions of whoever may. */
export function OperationList({
  operations,
  roles,
  roleName,
  now,
}: {
  operations: readonly Operation[]
  roles: Roles | undefined
  roleName: RoleName
  now: number
}) {
  return (
    <ul className="grid gap-6">
      {operations.map((operation) => (
        <li
          key={operation.key}
          data-operation={operation.status}
          className="grid gap-3 border-line not-first:border-t not-first:pt-6"
        >
          <h3 className="font-medium">
            <CallWords operation={operation} roleName={roleName} />
          </h3>
          <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1.5 text-sm">
            <Badge kind={statuses[operation.status].kind}>{statuses[operation.status].name}</Badge>
            <When operation={operation} now={now} />
          </p>
          <p className="flex flex-wrap items-baseline gap-x-2 text-quiet text-sm">
            Scheduled by <Address hex={operation.caller} what="the address that scheduled it" /> · call data{' '}
            <CopyHex hex={operation.data} what="the call’s data" />
          </p>
          {roles && (
            <Suspense>
              <OperationActions operation={operation} roles={roles} now={now} />
            </Suspense>
          )}
        </li>
      ))}
    </ul>
  )
}

function CallWords({ operation, roleName }: { operation: Operation; roleName: RoleName }) {
  const { network } = useMarket()
  const { text, about } = describeCall(operation, { network, roleName })
  return (
    <>
      {text}
      {about && (
        <>
          : <Address hex={about} what="the address that it is about" />
        </>
      )}
    </>
  )
}

function When({ operation: { status, executableAt, expiresAt }, now }: { operation: Operation; now: number }) {
  const at = status === 'waiting' ? executableAt : expiresAt
  return (
    <Moment at={at} className="text-quiet">
      {status === 'waiting'
        ? `can be carried out in ${formatDuration(at - now)}, from ${formatClock(at, now)} to ${formatClock(expiresAt, now)}`
        : `by who scheduled it, for another ${formatDuration(at - now)}, until ${formatClock(at, now)}`}
    </Moment>
  )
}

/** Scheduled calls that are over, newest first. */
export function EndedOperations({
  operations,
  times,
  roleName,
}: {
  operations: readonly Operation[]
  times: ReadonlyMap<bigint, number>
  roleName: RoleName
}) {
  const columns: readonly Column<Operation>[] = [
    { name: 'Change', cell: (operation) => <CallWords operation={operation} roleName={roleName} /> },
    {
      name: 'Outcome',
      cell: ({ status }) => <Badge kind={statuses[status].kind}>{statuses[status].name}</Badge>,
    },
    {
      name: 'When',
      end: true,
      cell: ({ end, expiresAt }) => <Time at={end === undefined ? expiresAt : (times.get(end.block) ?? expiresAt)} />,
    },
  ]
  return <Table label="Changes that were decided" columns={columns} rows={operations} keyOf={({ key }) => key} />
}
