import { fetchContent } from './content.ts'
import type { Model } from './getModel.ts'
import { type Manifest, ManifestInvalidError, maxManifestBytes, parseManifest } from './manifest.ts'

/**
 * Fetches a model's manifest by the CID in the registry and checks that it speaks of this model.
 * @throws ManifestInvalidError, and the errors of {@link fetchContent}
 */
export async function fetchManifest(
  { gatewayUrl, model }: { gatewayUrl: string; model: Pick<Model, 'graphId' | 'manifestCid' | 'setup'> },
  signal?: AbortSignal,
): Promise<Manifest> {
  const bytes = await fetchContent({ gatewayUrl, cid: model.manifestCid, maxBytes: maxManifestBytes }, signal)
  const manifest = parseManifest(bytes)
  if (manifest.graphId !== model.graphId) {
    throw new ManifestInvalidError({
      path: 'graphId',
      reason: `is ${manifest.graphId}; registered is ${model.graphId}`,
    })
  }
  const registered = model.setup
  if (manifest.setup.kind !== registered.kind || manifest.setup.contributions !== registered.contributions) {
    throw new ManifestInvalidError({
      path: 'setup',
      reason: `is ${manifest.setup.kind} (${manifest.setup.contributions}); registered is ${registered.kind} (${registered.contributions})`,
    })
  }
  return manifest
}
