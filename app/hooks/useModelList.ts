import { modelRegistryAbi } from '@assay/sdk/abi/modelRegistry'
import { getModel, type Model } from '@assay/sdk/getModel'
import type { Manifest } from '@assay/sdk/manifest'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { Address, Hex } from 'viem'
import { getBlockNumber, getContractEvents } from 'viem/actions'
import { readWindows } from '../readWindows'
import { windowCache } from '../windowCache'
import { readManifest } from './useModel'
import { type Market, useMarket } from './useNetwork'

/** A registered model as pages list it; `unreadable` says in a sentence why its description cannot be read. */
export type ListedModel = { modelId: Hex; model: Model; manifest?: Manifest; unreadable?: string }

/**
 * Registered models with their manifests, newest first, a page at a time. Only what can still change is read from the chain again at
 * the next visit.
 */
export function useModelList({ owner, pageSize = 24 }: { owner?: Address | undefined; pageSize?: number } = {}) {
  const market = useMarket()
  return useInfiniteQuery({
    queryKey: ['models', owner, pageSize],
    initialPageParam: undefined as bigint | undefined,
    queryFn: ({ pageParam, signal }) => readPage(market, { owner, limit: pageSize, toBlock: pageParam, signal }),
    getNextPageParam: ({ nextToBlock }) => nextToBlock,
  })
}

type Registration = { block: bigint; modelId: Hex }

async function readPage(
  market: Market,
  {
    owner,
    limit,
    toBlock,
    signal,
  }: { owner: Address | undefined; limit: number; toBlock: bigint | undefined; signal: AbortSignal },
) {
  const { network, client, scope } = market
  const head = await getBlockNumber(client, { cacheTime: 0 })
  const { items, nextToBlock } = await readWindows<Registration>({
    deployment: network,
    head,
    toBlock: toBlock ?? head,
    limit,
    cache: windowCache<Registration>(`models:${scope}:${owner ?? ''}`),
    read: async (fromBlock, to) => {
      const events = await getContractEvents(client, {
        address: network.addresses.modelRegistry,
        abi: modelRegistryAbi,
        eventName: 'ModelRegistered',
        ...(owner && { args: { owner } }),
        fromBlock,
        toBlock: to,
        strict: true,
      })
      return events.map(({ blockNumber, args }) => ({ block: blockNumber, modelId: args.modelId }))
    },
  })
  const models = await Promise.all(items.map(({ modelId }) => describeModel(market, modelId, signal)))
  return nextToBlock === undefined ? { models } : { models, nextToBlock }
}

/** A model with its manifest, or why that cannot be read. */
export async function describeModel(market: Market, modelId: Hex, signal: AbortSignal): Promise<ListedModel> {
  const model = await getModel(market.client, { deployment: market.network, modelId })
  try {
    return { modelId, model, manifest: await readManifest(market, model, signal) }
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    return { modelId, model, unreadable: `Its description cannot be read. ${reason}` }
  }
}
