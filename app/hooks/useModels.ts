import { fetchManifest } from '@assay/sdk/fetchManifest'
import type { Model } from '@assay/sdk/getModel'
import { listModels } from '@assay/sdk/listModels'
import { countOf, type Manifest } from '@assay/sdk/manifest'
import { useQuery } from '@tanstack/react-query'
import type { Hex } from 'viem'
import { type Market, useMarket } from './useNetwork'

/** A registered model as the page lists it; `problem` says in a sentence why it cannot be asked here. */
export type ListedModel = { modelId: Hex; model: Model; manifest?: Manifest; problem?: string }

/** All registered models with their manifests, newest first; models that can be asked stand before the others. */
export function useModels() {
  const market = useMarket()
  return useQuery({
    queryKey: ['models', market.network.addresses.modelRegistry],
    queryFn: ({ signal }) => loadModels(market, signal),
    staleTime: 30_000,
  })
}

async function loadModels({ network, client }: Market, signal: AbortSignal): Promise<ListedModel[]> {
  const models: Model[] = []
  let page = await listModels(client, { deployment: network })
  models.push(...page.models)
  while (page.nextToBlock !== undefined) {
    signal.throwIfAborted()
    page = await listModels(client, { deployment: network, toBlock: page.nextToBlock })
    models.push(...page.models)
  }
  const listed = await Promise.all(models.map((model) => describeModel(network.gatewayUrl, model, signal)))
  return listed.sort((a, b) => Number(a.problem !== undefined) - Number(b.problem !== undefined))
}

async function describeModel(gatewayUrl: string, model: Model, signal: AbortSignal): Promise<ListedModel> {
  const { modelId } = model
  try {
    const manifest = await fetchManifest({ gatewayUrl, model }, signal)
    const problem = problemOf(model, manifest)
    return { modelId, model, manifest, ...(problem && { problem }) }
  } catch (error) {
    signal.throwIfAborted()
    return {
      modelId,
      model,
      problem: `Its description cannot be read. ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

function problemOf(model: Model, { input, output }: Manifest): string | undefined {
  if (model.deprecated) return 'Its owner has retired it: it takes no new jobs.'
  if (input.kind !== 'image' || countOf(input.shape) !== 784 || output.kind !== 'scores') {
    return 'It takes something else than a drawn digit: ask it with the command line.'
  }
  return undefined
}
