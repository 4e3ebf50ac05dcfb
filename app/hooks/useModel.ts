import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getModel } from '@assay/sdk/getModel'
import { useQuery } from '@tanstack/react-query'
import type { Hex } from 'viem'
import { useMarket } from './useNetwork'

/** One model with its manifest; nothing is asked while `modelId` is undefined. */
export function useModel(modelId: Hex | undefined) {
  const { network, client } = useMarket()
  return useQuery({
    queryKey: ['model', modelId],
    enabled: modelId !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      if (!modelId) throw new Error('No model is chosen.')
      const model = await getModel(client, { deployment: network, modelId })
      return { model, manifest: await fetchManifest({ gatewayUrl: network.gatewayUrl, model }, signal) }
    },
  })
}
