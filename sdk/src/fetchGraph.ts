import type { ExactGraph } from '@assay/circuits/exactGraph'
import { fetchContent } from './content.ts'
import { fetchManifest } from './fetchManifest.ts'
import type { Model } from './getModel.ts'
import type { Manifest } from './manifest.ts'
import { ModelMismatchError } from './verifyErrors.ts'

/**
 * Fetches a model's exact graph by the CID in its manifest and checks that it is the registered one.
 * @throws ModelMismatchError, the errors of decodeGraph, and those of {@link fetchManifest}
 */
export async function fetchGraph(
  { gatewayUrl, model }: { gatewayUrl: string; model: Pick<Model, 'graphId' | 'manifestCid' | 'setup'> },
  signal?: AbortSignal,
): Promise<{ manifest: Manifest; graph: ExactGraph }> {
  const manifest = await fetchManifest({ gatewayUrl, model }, signal)
  const { cid, bytes: maxBytes } = manifest.files.graph
  // Loaded on demand, with all that is known of each primitive.
  const { decodeGraph, graphId } = await import('@assay/circuits/graphFile')
  const graph = decodeGraph(await fetchContent({ gatewayUrl, cid, maxBytes }, signal))
  const actual = graphId(graph)
  if (actual !== model.graphId) throw new ModelMismatchError({ what: 'graph file', actual, expected: model.graphId })
  return { manifest, graph }
}
