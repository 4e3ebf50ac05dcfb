import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getModel, type Model } from '@assay/sdk/getModel'
import type { Manifest } from '@assay/sdk/manifest'
import { useQuery } from '@tanstack/react-query'
import type { Hex } from 'viem'
import { type Market, useMarket } from './useNetwork'

/** One model with its manifest; nothing is asked while `modelId` is undefined. */
export function useModel(modelId: Hex | undefined) {
  const market = useMarket()
  return useQuery({
    queryKey: ['model', modelId],
    enabled: modelId !== undefined,
    queryFn: async ({ signal }) => {
      if (!modelId) throw new Error('No model is chosen.')
      const model = await getModel(market.client, { deployment: market.network, modelId })
      return { model, manifest: await readManifest(market, model, signal) }
    },
  })
}

// A manifest never changes, as its CID is its content: it is fetched once in a visit, however many lists show its model.
const manifests = new Map<string, Promise<Manifest>>()

/**
 * The manifest of a model, checked against its CID, its size limit and the manifest's schema.
 * @throws the content errors, ManifestInvalidError
 */
export async function readManifest({ network }: Market, model: Model, signal: AbortSignal): Promise<Manifest> {
  const known = manifests.get(model.manifestCid)
  if (known) return known
  const manifest = await fetchManifest({ gatewayUrl: network.gatewayUrl, model }, signal)
  manifests.set(model.manifestCid, Promise.resolve(manifest))
  return manifest
}
