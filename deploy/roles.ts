/** Ids of the access manager's roles. `admin` is the manager's own and cannot be another number. */
export const roles = {
  admin: 0,
  feeSetter: 1,
  tokenLister: 2,
  assuranceLister: 3,
  pauser: 4,
  guardian: 5,
} as const

export type Role = keyof typeof roles

/** The delay of a network's parameters that an owner waits for before it uses a role. */
export type DelayParameter = 'feeDelay' | 'tokenDelay' | 'assuranceDelay' | 'unpauseDelay' | 'adminDelay'

/** A function that the access manager guards, and the role that may call it. */
export type RoleFunction = {
  contract: 'JobMarket' | 'PauseSwitch'
  name: string
  role: Exclude<Role, 'admin'>
}

/** Every function of a deployment that only a role may call. */
export const roleFunctions: readonly RoleFunction[] = [
  { contract: 'JobMarket', name: 'setFeeBps', role: 'feeSetter' },
  { contract: 'JobMarket', name: 'allowToken', role: 'tokenLister' },
  { contract: 'JobMarket', name: 'listAssurance', role: 'assuranceLister' },
  { contract: 'JobMarket', name: 'setPaused', role: 'pauser' },
  { contract: 'PauseSwitch', name: 'pauseMarket', role: 'guardian' },
]

/** What the owner waits for, role by role; the delays are parameters of a network, in seconds. */
export const ownerRoles: readonly { role: Role; delay: DelayParameter }[] = [
  { role: 'feeSetter', delay: 'feeDelay' },
  { role: 'tokenLister', delay: 'tokenDelay' },
  { role: 'assuranceLister', delay: 'assuranceDelay' },
  { role: 'pauser', delay: 'unpauseDelay' },
]
