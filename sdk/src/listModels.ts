import type { Address } from 'viem'
import { getBlockNumber, getContractEvents } from 'viem/actions'
import { modelRegistryAbi } from './abi/modelRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { getModel, type Model } from './getModel.ts'
import { pageRanges } from './pageRanges.ts'

/**
 * Lists registered models, newest first, one page at a time.
 * @param parameters.toBlock newest block of the page; the head unless told
 * @param parameters.limit a page ends with the block range in which it reaches this many models, or after a bounded number of ranges
 * @param parameters.owner models that this account registered
 * @returns the models and, unless the market's deployment was reached, the `toBlock` of the next page; a page can be empty and have a next
 */
export async function listModels(
  client: MarketClient,
  {
    deployment,
    toBlock,
    limit = 20,
    owner,
  }: { deployment: Deployment; toBlock?: bigint; limit?: number; owner?: Address },
): Promise<{ models: Model[]; nextToBlock?: bigint }> {
  const models: Model[] = []
  const ranges = pageRanges({ deployment, toBlock: toBlock ?? (await getBlockNumber(client, { cacheTime: 0 })) })
  let nextToBlock: bigint | undefined
  for (const { from, to, next } of ranges) {
    const events = await getContractEvents(client, {
      address: deployment.addresses.modelRegistry,
      abi: modelRegistryAbi,
      eventName: 'ModelRegistered',
      ...(owner === undefined ? {} : { args: { owner } }),
      fromBlock: from,
      toBlock: to,
      strict: true,
    })
    const ids = events.map((event) => event.args.modelId).reverse()
    models.push(...(await Promise.all(ids.map((modelId) => getModel(client, { deployment, modelId })))))
    nextToBlock = next
    if (models.length >= limit) break
  }
  return nextToBlock === undefined ? { models } : { models, nextToBlock }
}
