import { modelRegistryAbi } from '@assay/sdk/abi/modelRegistry'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type Address, type Hex, isAddressEqual } from 'viem'
import { getBlockNumber, getContractEvents } from 'viem/actions'
import { readWindows } from '../readWindows'
import { windowCache } from '../windowCache'
import { describeModel } from './useModelList'
import { type Market, useMarket } from './useNetwork'

type Claim = { block: bigint; modelId: Hex }

/**
 * The models that an account owns now, and those that it is offered, newest first, some blocks at a time: registered by it,
 * handed over to it, or offered to it, as far as that still holds.
 */
export function useOwnedModels(owner: Address) {
  const market = useMarket()
  return useInfiniteQuery({
    queryKey: ['models', 'owned', owner],
    initialPageParam: undefined as bigint | undefined,
    queryFn: ({ pageParam, signal }) => readPage(market, { owner, toBlock: pageParam, signal }),
    getNextPageParam: ({ nextToBlock }) => nextToBlock,
  })
}

async function readPage(
  market: Market,
  { owner, toBlock, signal }: { owner: Address; toBlock: bigint | undefined; signal: AbortSignal },
) {
  const { network, client, scope } = market
  const head = await getBlockNumber(client, { cacheTime: 0 })
  const { items, nextToBlock } = await readWindows<Claim>({
    deployment: network,
    head,
    toBlock: toBlock ?? head,
    limit: 24,
    cache: windowCache<Claim>(`owned:${scope}:${owner}`),
    read: (fromBlock, to) => readClaims(market, { owner, fromBlock, toBlock: to }),
  })
  const ids = [...new Set(items.map(({ modelId }) => modelId))]
  const models = await Promise.all(ids.map((modelId) => describeModel(market, modelId, signal)))
  const owned = models.filter(({ model }) => isAddressEqual(model.owner, owner))
  const offered = models.filter(({ model }) => isAddressEqual(model.offeredTo, owner))
  return nextToBlock === undefined ? { owned, offered } : { owned, offered, nextToBlock }
}

async function readClaims(
  { network, client }: Market,
  { owner, ...range }: { owner: Address; fromBlock: bigint; toBlock: bigint },
): Promise<Claim[]> {
  const registry = { address: network.addresses.modelRegistry, abi: modelRegistryAbi, strict: true, ...range } as const
  const found = await Promise.all([
    getContractEvents(client, { ...registry, eventName: 'ModelRegistered', args: { owner } }),
    getContractEvents(client, { ...registry, eventName: 'ModelTransferred', args: { to: owner } }),
    getContractEvents(client, { ...registry, eventName: 'ModelOffered', args: { offeredTo: owner } }),
  ])
  return found
    .flat()
    .map(({ blockNumber, args }) => ({ block: blockNumber, modelId: args.modelId }))
    .sort((a, b) => Number(a.block - b.block))
}
