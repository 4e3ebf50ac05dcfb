import { accessManagerAbi } from '@assay/sdk/abi/accessManager'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { addressIn } from '@assay/sdk/deployment'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Address } from 'viem'
import { getBlockNumber, getLogs, readContract } from 'viem/actions'
import type { GovernanceNote } from '../operations'
import { adminRole, type PowerId, powers, targetOf } from '../powers'
import { readWindows } from '../readWindows'
import { windowCache } from '../windowCache'
import { blockTimes } from './blockTimes'
import { type Market, useMarket } from './useNetwork'

/** Notes of one page; a deployment makes about thirty. */
const pageNotes = 200
/** Blocks of the window in which the roles were first given. */
const deploymentBlocks = 10_000n

const names = [
  'RoleGranted',
  'RoleRevoked',
  'RoleLabel',
  'OperationScheduled',
  'OperationExecuted',
  'OperationCanceled',
] as const
const isRead = (name: string) => names.some((known) => known === name)
const events = accessManagerAbi.filter((item) => item.type === 'event' && isRead(item.name))

/** A page of notes, newest first, with the unix seconds of the blocks in which scheduled calls ended. */
export type GovernancePage = {
  notes: GovernanceNote[]
  times: ReadonlyMap<bigint, number>
  nextToBlock?: bigint
}

/** What happened to roles and scheduled calls, newest first, a page at a time; the first has what the deployment did too. */
export function useGovernanceNotes() {
  const market = useMarket()
  return useInfiniteQuery({
    queryKey: ['governance', 'notes'],
    enabled: market.network.addresses.accessManager !== undefined,
    initialPageParam: undefined as bigint | undefined,
    queryFn: ({ pageParam }) => readPage(market, pageParam),
    getNextPageParam: ({ nextToBlock }) => nextToBlock,
  })
}

async function readPage(market: Market, toBlock: bigint | undefined): Promise<GovernancePage> {
  const { network, client, scope } = market
  const head = await getBlockNumber(client, { cacheTime: 0 })
  const read = (to: bigint) =>
    readWindows<GovernanceNote>({
      deployment: network,
      head,
      toBlock: to,
      limit: pageNotes,
      cache: windowCache<GovernanceNote>(`governance:${scope}`),
      read: (fromBlock, upTo) => readNotes(market, { fromBlock, toBlock: upTo }),
    })
  const { items, nextToBlock } = await read(toBlock ?? head)
  const first = BigInt(network.deploymentBlock) + deploymentBlocks - 1n
  // Most roles are as the deployment gave them, however long ago that was.
  const more = toBlock === undefined && nextToBlock !== undefined
  const earliest = more ? (await read(nextToBlock < first ? nextToBlock : first)).items : []
  const notes = [...items, ...earliest]
  const ends = notes.flatMap(({ name, block }) =>
    name === 'OperationExecuted' || name === 'OperationCanceled' ? [block] : [],
  )
  const times = await blockTimes(client, { scope, blocks: ends })
  return { notes, times, ...(nextToBlock !== undefined && { nextToBlock }) }
}

async function readNotes(
  { network, client }: Market,
  range: { fromBlock: bigint; toBlock: bigint },
): Promise<GovernanceNote[]> {
  const address = addressIn(network, 'accessManager')
  const logs = await getLogs(client, { address, events, strict: true, ...range })
  return logs.flatMap((log): GovernanceNote[] => {
    const at = { block: log.blockNumber, index: log.logIndex, hash: log.transactionHash }
    switch (log.eventName) {
      case 'RoleGranted':
      case 'RoleRevoked':
        return [{ ...at, name: log.eventName, roleId: log.args.roleId, account: log.args.account }]
      case 'RoleLabel':
        return [{ ...at, name: log.eventName, roleId: log.args.roleId, label: log.args.label }]
      case 'OperationScheduled':
        return [{ ...at, name: log.eventName, ...log.args }]
      case 'OperationExecuted':
      case 'OperationCanceled':
        return [{ ...at, name: log.eventName, operationId: log.args.operationId, nonce: log.args.nonce }]
      default:
        return []
    }
  })
}

/** An account that has a role, or will from `since` on; what it schedules waits `delaySeconds`. `next` is a change of that on its way. */
export type RoleHolder = {
  account: Address
  since: number
  delaySeconds: number
  next: { delaySeconds: number; at: number } | undefined
}

/** A role with those who have it; `guardian` is the role that cancels what it schedules. */
export type RoleState = { roleId: bigint; guardian: bigint; holders: readonly RoleHolder[] }

/** The roles by their ids, and which role each power needs. */
export type Roles = { roles: ReadonlyMap<bigint, RoleState>; needed: ReadonlyMap<PowerId, bigint> }

/**
 * Who has which role now.
 * @param grants every account that was granted a role; nothing is asked before they are known
 * @param account somebody whose roles are asked for in any case
 */
export function useRoles(
  grants: readonly { roleId: bigint; account: Address }[] | undefined,
  account: Address | undefined,
) {
  const market = useMarket()
  return useQuery({
    queryKey: ['governance', 'roles', account, grants?.map((grant) => `${grant.roleId}:${grant.account}`).join()],
    enabled: grants !== undefined,
    placeholderData: (known) => known,
    queryFn: () => readRoles(market, { grants: grants ?? [], account }),
  })
}

async function readRoles(
  { network, client }: Market,
  { grants, account }: { grants: readonly { roleId: bigint; account: Address }[]; account: Address | undefined },
): Promise<Roles> {
  const manager = { address: addressIn(network, 'accessManager'), abi: accessManagerAbi } as const
  const needed = new Map<PowerId, bigint>()
  await Promise.all(
    powers.map(async (power) => {
      const target = targetOf(network, power)
      if (target === undefined) return
      const args = [target, power.selector] as const
      needed.set(power.id, await readContract(client, { ...manager, functionName: 'getTargetFunctionRole', args }))
    }),
  )
  const holderOf = async (roleId: bigint, holder: Address): Promise<RoleHolder[]> => {
    const args = [roleId, holder] as const
    const [since, delaySeconds, next, at] = await readContract(client, { ...manager, functionName: 'getAccess', args })
    if (since === 0) return []
    return [{ account: holder, since, delaySeconds, next: at === 0 ? undefined : { delaySeconds: next, at } }]
  }
  const ids = [...new Set([adminRole, ...needed.values(), ...grants.map(({ roleId }) => roleId)])]
  const states = await Promise.all(
    ids.map(async (roleId): Promise<RoleState> => {
      const own = account === undefined ? [] : [account]
      const asked = [...own, ...grants.flatMap((grant) => (grant.roleId === roleId ? [grant.account] : []))]
      const [guardian, holders] = await Promise.all([
        readContract(client, { ...manager, functionName: 'getRoleGuardian', args: [roleId] }),
        Promise.all([...new Set(asked)].map((holder) => holderOf(roleId, holder))),
      ])
      return { roleId, guardian, holders: holders.flat() }
    }),
  )
  return { roles: new Map(states.map((state) => [state.roleId, state])), needed }
}

/** What the market is set to; `expirySeconds` is how long a scheduled call can be carried out once its delay has passed. */
export type MarketTerms = {
  feeBps: number
  capBps: number
  paused: boolean
  treasury: Address
  expirySeconds: number
}

/** What the owner of the market may change, as it is now. */
export function useMarketTerms() {
  const { network, client } = useMarket()
  return useQuery({
    queryKey: ['marketTerms'],
    queryFn: async (): Promise<MarketTerms> => {
      const market = { address: network.addresses.jobMarket, abi: jobMarketAbi } as const
      const { accessManager } = network.addresses
      const [feeBps, capBps, paused, treasury, expirySeconds] = await Promise.all([
        readContract(client, { ...market, functionName: 'feeBps' }),
        readContract(client, { ...market, functionName: 'MAX_FEE_BPS' }),
        readContract(client, { ...market, functionName: 'paused' }),
        readContract(client, { ...market, functionName: 'treasury' }),
        accessManager === undefined
          ? 0
          : readContract(client, { address: accessManager, abi: accessManagerAbi, functionName: 'expiration' }),
      ])
      return { feeBps, capBps: Number(capBps), paused, treasury, expirySeconds }
    },
  })
}
