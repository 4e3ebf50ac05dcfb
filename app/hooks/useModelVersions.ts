import { getModel, type Model } from '@assay/sdk/getModel'
import { useQuery } from '@tanstack/react-query'
import { type Hex, isHash, zeroHash } from 'viem'
import { type Market, useMarket } from './useNetwork'

/** Most versions that are followed in each direction. */
const most = 10

/** The line of versions that a model stands in, newest first, at most ten to each side of it. */
export function useModelVersions(model: Model) {
  const market = useMarket()
  return useQuery({
    queryKey: ['model', model.modelId, 'versions', model.supersededBy],
    queryFn: async () => [
      ...(await follow(market, model.supersededBy, ({ supersededBy }) => supersededBy)).reverse(),
      model,
      ...(await follow(market, model.supersedes, ({ supersedes }) => supersedes)),
    ],
  })
}

async function follow({ network, client }: Market, first: Hex, next: (model: Model) => Hex): Promise<Model[]> {
  const models: Model[] = []
  let modelId = first
  while (isHash(modelId) && modelId !== zeroHash && models.length < most) {
    const model = await getModel(client, { deployment: network, modelId })
    models.push(model)
    modelId = next(model)
  }
  return models
}
