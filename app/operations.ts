import type { Address, Hash, Hex } from 'viem'

/** What the access manager's events tell, as the page keeps it; `index` is the event's place in its block. */
export type GovernanceNote = { block: bigint; index: number; hash: Hash } & (
  | { name: 'RoleGranted' | 'RoleRevoked'; roleId: bigint; account: Address }
  | { name: 'RoleLabel'; roleId: bigint; label: string }
  | {
      name: 'OperationScheduled'
      operationId: Hex
      nonce: number
      /** Unix seconds from which it can be carried out. */
      schedule: number
      caller: Address
      target: Address
      data: Hex
    }
  | { name: 'OperationExecuted' | 'OperationCanceled'; operationId: Hex; nonce: number }
)

/** Where a scheduled call is: its delay runs, it can be carried out, nobody did so in time, it was, or it was taken back. */
export type OperationStatus = 'waiting' | 'ready' | 'expired' | 'executed' | 'cancelled'

/** A call that a role scheduled; times in unix seconds. `end` is the event that ended it. */
export type Operation = {
  key: string
  caller: Address
  target: Address
  data: Hex
  executableAt: number
  expiresAt: number
  status: OperationStatus
  end: { block: bigint; hash: Hash } | undefined
}

/**
 * Every scheduled call among the notes, newest first, and what became of it.
 * @param notes newest first, with every one that is newer than a scheduling among them
 * @param parameters.now unix seconds
 * @param parameters.expirySeconds how long a call can be carried out once its delay has passed
 */
export function operationsOf(
  notes: readonly GovernanceNote[],
  { now, expirySeconds }: { now: number; expirySeconds: number },
): Operation[] {
  const keyOf = ({ operationId, nonce }: { operationId: Hex; nonce: number }) => `${operationId}:${nonce}`
  const ends = new Map(
    notes.flatMap((note) =>
      note.name === 'OperationExecuted' || note.name === 'OperationCanceled' ? [[keyOf(note), note] as const] : [],
    ),
  )
  return notes.flatMap((note) => {
    if (note.name !== 'OperationScheduled') return []
    const { caller, target, data, schedule } = note
    const end = ends.get(keyOf(note))
    const expiresAt = schedule + expirySeconds
    const open = now < schedule ? 'waiting' : now < expiresAt ? 'ready' : 'expired'
    const status = end === undefined ? open : end.name === 'OperationExecuted' ? 'executed' : 'cancelled'
    return [{ key: keyOf(note), caller, target, data, executableAt: schedule, expiresAt, status, end }]
  })
}

/** The names that roles were given, by their ids. @param notes newest first */
export function roleLabels(notes: readonly GovernanceNote[]): Map<bigint, string> {
  const labels = notes.flatMap((note) => (note.name === 'RoleLabel' ? [[note.roleId, note.label] as const] : []))
  return new Map(labels.toReversed())
}

/** Every account that ever was granted a role, with the role, once. */
export function grantsOf(notes: readonly GovernanceNote[]): { roleId: bigint; account: Address }[] {
  const grants = notes.flatMap((note) => (note.name === 'RoleGranted' ? [note] : []))
  return [...new Map(grants.map(({ roleId, account }) => [`${roleId}:${account}`, { roleId, account }])).values()]
}
