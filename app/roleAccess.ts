import type { Network } from '@assay/sdk/deployment'
import { type Address, type Hex, isAddressEqual, slice } from 'viem'
import type { RoleHolder, Roles } from './hooks/useGovernance.ts'
import { adminRole, type PowerId, powers, targetOf } from './powers.ts'

/** How an account holds a role; undefined when it does not, or not yet. @param now unix seconds */
export function membership(
  { roles }: Pick<Roles, 'roles'>,
  { roleId, account, now }: { roleId: bigint; account: Address; now: number },
): RoleHolder | undefined {
  const holder = roles.get(roleId)?.holders.find((one) => isAddressEqual(one.account, account))
  return holder && holder.since <= now ? holder : undefined
}

/** How an account holds a power, with the delay that it waits; undefined when it does not. @param now unix seconds */
export function powerOf(
  roles: Roles,
  { power, account, now }: { power: PowerId; account: Address | undefined; now: number },
): RoleHolder | undefined {
  const roleId = roles.needed.get(power)
  return roleId === undefined || account === undefined ? undefined : membership(roles, { roleId, account, now })
}

/** Whether an account may cancel a scheduled call: who scheduled it, the administrator, and the guardian of the role that it needs. @param now unix seconds */
export function mayCancel({
  account,
  operation: { caller, target, data },
  roles,
  network,
  now,
}: {
  account: Address
  operation: { caller: Address; target: Address; data: Hex }
  roles: Roles
  network: Pick<Network, 'addresses'>
  now: number
}): boolean {
  if (isAddressEqual(account, caller)) return true
  const selector = slice(data, 0, 4)
  const power = powers.find((one) => {
    const contract = targetOf(network, one)
    return one.selector === selector && contract !== undefined && isAddressEqual(contract, target)
  })
  const roleId = power && roles.needed.get(power.id)
  const guardian = roleId === undefined ? undefined : roles.roles.get(roleId)?.guardian
  return [adminRole, ...(guardian === undefined ? [] : [guardian])].some(
    (able) => membership(roles, { roleId: able, account, now }) !== undefined,
  )
}
