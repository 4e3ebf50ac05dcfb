import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StepProgress } from '@assay/circuits/checkModel'
import { type PreparedModel, type PrepareOptions, type PrepareStep, prepareModel } from '@assay/circuits/prepareModel'
import { decodeProofBytes, encodeProofBytes } from '@assay/circuits/proof'
import { writeAtomic } from '@assay/circuits/setupCache'
import { encodeVerificationKey, verificationKeyFromZkey } from '@assay/circuits/verificationKey'
import { type DraftTerms, draftManifest } from '@assay/sdk/draftManifest'
import type { ManifestDraft } from '@assay/sdk/manifest'
import type { SampleProof } from '@assay/sdk/publishModel'
import { bytesToHex, hexToBytes, sha256 } from 'viem'
import type { PreparedRecord, PublicationFile } from './publishNotes.ts'

/** What publishModel takes of a model that is set up. */
export type Prepared = {
  draft: ManifestDraft
  files: { onnx: Uint8Array; graph: Uint8Array; zkey: Uint8Array }
  verificationKey: Uint8Array
  sample: SampleProof
}

/**
 * Carries a model to what its publication needs, or takes what an earlier run of the same publication left, when each file of it
 * still has its digest.
 * @param options.terms what the manifest says beside what was computed
 * @throws the errors of prepareModel and draftManifest
 */
export async function preparePublication(
  {
    file,
    folder,
    model,
    terms,
    onStep,
  }: {
    file: PublicationFile
    folder: string
    model: Omit<PrepareOptions, 'cacheFolder' | 'onStep'>
    terms: DraftTerms
    onStep: (step: PrepareStep, progress?: StepProgress) => void
  },
  signal: AbortSignal,
): Promise<Prepared> {
  const kept = file.prepared()
  const found = kept && (await readPrepared({ kept, folder, onnx: model.onnx }))
  if (found !== undefined) return found
  const prepared = await prepareModel({ ...model, cacheFolder: folder, onStep }, signal)
  const draft = draftManifest(prepared, prepared.labels ? { labels: prepared.labels, ...terms } : terms)
  await writeAtomic(graphPath(folder, sha256(prepared.graph)), prepared.graph)
  await file.setPrepared(recordOf(prepared, draft))
  const { onnx, graph, zkey, verificationKeyBytes, sample } = prepared
  return { draft, files: { onnx, graph, zkey }, verificationKey: verificationKeyBytes, sample }
}

/**
 * Name of a publication: the SHA-256 of all that it depends on, so that another model, data, term, account or network is another one.
 * @param parts bytes, and values that JSON has
 */
export function publicationId(parts: readonly unknown[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = part instanceof Uint8Array ? part : new TextEncoder().encode(jsonOf(part))
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest('hex')
}

function jsonOf(part: unknown): string {
  return JSON.stringify(part, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)) ?? ''
}

function recordOf({ graph, zkey, zkeyPath, sample }: PreparedModel, draft: ManifestDraft): PreparedRecord {
  return {
    draft,
    graph: sha256(graph),
    zkey: { path: zkeyPath, sha256: sha256(zkey) },
    sample: { proof: bytesToHex(encodeProofBytes(sample.proof)), signals: sample.signals.map(String) },
  }
}

async function readPrepared({
  kept,
  folder,
  onnx,
}: {
  kept: PreparedRecord
  folder: string
  onnx: Uint8Array
}): Promise<Prepared | undefined> {
  const paths = [graphPath(folder, kept.graph), kept.zkey.path] as const
  if (!paths.every((path) => existsSync(path))) return undefined
  const [graph, zkey] = await Promise.all([readFile(paths[0]), readFile(paths[1])])
  if (sha256(graph) !== kept.graph || sha256(zkey) !== kept.zkey.sha256) return undefined
  return {
    draft: kept.draft,
    files: { onnx, graph, zkey },
    verificationKey: encodeVerificationKey(verificationKeyFromZkey(zkey)),
    sample: { proof: decodeProofBytes(hexToBytes(kept.sample.proof)), signals: kept.sample.signals.map(BigInt) },
  }
}

function graphPath(folder: string, digest: string): string {
  return join(folder, `${digest.slice(2)}.graph`)
}
