import { getBlockNumber, getContractEvents } from 'viem/actions'
import { modelRegistryAbi } from './abi/modelRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { getModel, type Model } from './getModel.ts'
import { logRangeBlocks } from './jobEvents.ts'

/**
 * Lists models registered in a range of blocks, newest first.
 * @param parameters.fromBlock the market's deployment unless told
 */
export async function listModels(
  client: MarketClient,
  { deployment, fromBlock, toBlock }: { deployment: Deployment; fromBlock?: bigint; toBlock?: bigint },
): Promise<Model[]> {
  const first = fromBlock ?? BigInt(deployment.deploymentBlock)
  const last = toBlock ?? (await getBlockNumber(client, { cacheTime: 0 }))
  const models: Model[] = []
  for (let from = first; from <= last; from += logRangeBlocks) {
    const to = from + logRangeBlocks - 1n < last ? from + logRangeBlocks - 1n : last
    const events = await getContractEvents(client, {
      address: deployment.addresses.modelRegistry,
      abi: modelRegistryAbi,
      eventName: 'ModelRegistered',
      fromBlock: from,
      toBlock: to,
      strict: true,
    })
    models.push(
      ...(await Promise.all(events.map((event) => getModel(client, { deployment, modelId: event.args.modelId })))),
    )
  }
  return models.reverse()
}
