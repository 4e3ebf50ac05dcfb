import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProverKind } from '@assay/circuits/chooseProver'
import { domainKindOf } from '@assay/circuits/domain'
import type { GraphSignals } from '@assay/circuits/intervals'
import { encodeVerificationKey, type VerificationKey } from '@assay/circuits/verificationKey'
import { cidOf } from '@assay/sdk/content'
import { getModel, type Model } from '@assay/sdk/getModel'
import { countOf, type Manifest, maxManifestBytes, parseManifest } from '@assay/sdk/manifest'
import { computeModelId } from '@assay/sdk/publishModel'
import { type Hex, keccak256 } from 'viem'
import type { FetchVerified } from './fetchVerified.ts'
import type { InspectModel, ModelFacts } from './inspectModel.ts'
import { JobRefusedError } from './jobErrors.ts'
import { callChain, type MarketChain, revertOf } from './marketChain.ts'
import type { ModelCache } from './modelCache.ts'
import { SandboxSetupError } from './sandbox/sandboxErrors.ts'
import { toJobError } from './sandbox/toJobError.ts'

/** What the registry says of a model's files. */
export type RegisteredModel = Pick<Model, 'modelId' | 'owner' | 'graphId' | 'keyHash' | 'manifestCid'>

/** A model whose files are here and are what the registry says they are. */
export type LoadedModel = {
  modelId: Hex
  registered: RegisteredModel
  manifest: Manifest
  signals: GraphSignals
  verificationKey: VerificationKey
  graphPath: string
  zkeyPath: string
  /** Lets the cache remove the files again. */
  release: () => void
}

/** What is known of a model once its files were checked against the registry. */
type CheckedModel = Omit<LoadedModel, 'modelId' | 'graphPath' | 'zkeyPath' | 'release'>

/** Loads models; a model's files are checked against the registry once for each run of the worker. */
export type LoadModel = (modelId: Hex, signal: AbortSignal) => Promise<LoadedModel>

/**
 * Makes the loader. It asks what is registered, fetches the manifest and the files it names, and re-derives every id from the files:
 * nobody on chain has checked that they belong together.
 * It throws JobRefusedError (`model-unknown`, `model-invalid`, `model-too-large`, `model-too-demanding`,
 * `prover-missing`) or RetryableError.
 */
export function createLoadModel(parts: {
  /** What is registered under an id; throws JobRefusedError (`model-unknown`) or RetryableError. */
  readModel: (modelId: Hex) => Promise<RegisteredModel>
  cache: Pick<ModelCache, 'hold'>
  fetchVerified: FetchVerified
  inspectModel: InspectModel
  /** Where manifests are kept: a claimed job must not depend on a gateway again. */
  manifestDirectory: string
  limits: { maxModelBytes: number; memoryMb: number; wallSeconds: number }
  /** What makes the proofs here. */
  prover: ProverKind
}): LoadModel {
  const { readModel, cache, fetchVerified, inspectModel, manifestDirectory, limits, prover } = parts
  const checked = new Map<Hex, CheckedModel>()

  async function readManifest(model: RegisteredModel, signal: AbortSignal): Promise<Manifest> {
    // The CID becomes a file's name, and chain endpoints may lie.
    if (!/^b[a-z2-7]{58}$/.test(model.manifestCid)) throw invalid(model.modelId, 'its manifest has no CIDv1 in base32')
    const path = join(manifestDirectory, model.manifestCid)
    const kept = await readKept(path, model.manifestCid)
    const bytes = kept ?? (await fetchVerified({ cid: model.manifestCid, maxBytes: maxManifestBytes }, signal))
    if (kept === undefined) {
      await mkdir(manifestDirectory, { recursive: true })
      await writeFile(path, bytes)
    }
    let manifest: Manifest
    try {
      manifest = parseManifest(bytes)
    } catch (cause) {
      throw invalid(model.modelId, cause instanceof Error ? cause.message : 'its manifest is invalid', cause)
    }
    if (manifest.graphId !== model.graphId)
      throw invalid(model.modelId, `its manifest is of the graph ${manifest.graphId}`)
    checkDemands(manifest, limits)
    checkProver(manifest, prover)
    return manifest
  }

  return async (modelId, signal) => {
    const known = checked.get(modelId)
    const model = known === undefined ? await readModel(modelId) : undefined
    const manifest = known?.manifest ?? (model && (await readManifest(model, signal)))
    if (manifest === undefined) throw invalid(modelId, 'it has no manifest')
    const { graph, zkey } = manifest.files
    const { paths, release } = await cache.hold([graph, zkey], signal)
    const [graphPath = '', zkeyPath = ''] = paths
    try {
      const facts =
        known ?? (model && (await checkFiles({ model, manifest, graphPath, zkeyPath, inspectModel }, signal)))
      if (facts === undefined) throw invalid(modelId, 'it was not checked')
      checked.set(modelId, facts)
      return { modelId, ...facts, graphPath, zkeyPath, release }
    } catch (error) {
      release()
      throw error
    }
  }
}

/** The file's bytes when they are what the CID names; a file that was cut short is as good as none. */
async function readKept(path: string, cid: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(path)
    return (await cidOf(bytes)) === cid ? bytes : undefined
  } catch {
    return undefined
  }
}

/** Reads the registry; throws JobRefusedError (`model-unknown`) or RetryableError. */
export async function readRegistered(chain: MarketChain, modelId: Hex): Promise<RegisteredModel> {
  try {
    return await callChain(() => getModel(chain.client, { deployment: chain.network, modelId }))
  } catch (cause) {
    if (revertOf(cause) !== 'ModelUnknown') throw cause
    throw new JobRefusedError({ reason: 'model-unknown', detail: `No model ${modelId} is registered.`, cause })
  }
}

function checkDemands(
  manifest: Manifest,
  limits: { maxModelBytes: number; memoryMb: number; wallSeconds: number },
): void {
  const bytes = manifest.files.graph.bytes + manifest.files.zkey.bytes
  if (bytes > limits.maxModelBytes) {
    throw new JobRefusedError({
      reason: 'model-too-large',
      detail: `The model's files have ${bytes} bytes; admission.maxModelBytes allows ${limits.maxModelBytes}.`,
    })
  }
  const { memoryMb, wallSeconds } = manifest.limits
  if (memoryMb > limits.memoryMb || wallSeconds > limits.wallSeconds) {
    throw new JobRefusedError({
      reason: 'model-too-demanding',
      detail: `The model asks for ${memoryMb} MB and ${wallSeconds} s; limits allow ${limits.memoryMb} MB and ${limits.wallSeconds} s.`,
    })
  }
}

function checkProver(manifest: Manifest, prover: ProverKind): void {
  if (manifest.prover === undefined || manifest.prover === prover) return
  throw new JobRefusedError({
    reason: 'prover-missing',
    detail: `The model's key is for the ${manifest.prover} prover alone, and proofs are made by ${prover} here; npm run build:native builds it.`,
  })
}

async function checkFiles(
  {
    model,
    manifest,
    graphPath,
    zkeyPath,
    inspectModel,
  }: { model: RegisteredModel; manifest: Manifest; graphPath: string; zkeyPath: string; inspectModel: InspectModel },
  signal: AbortSignal,
): Promise<CheckedModel> {
  const { modelId } = model
  let derived: ModelFacts
  try {
    derived = await inspectModel({ graphPath, zkeyPath }, signal)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof SandboxSetupError) throw toJobError(cause, 'model-invalid')
    throw invalid(modelId, cause instanceof Error ? cause.message : 'its files cannot be read', cause)
  }
  const { signals, verificationKey, domainSize } = derived
  if (domainKindOf(domainSize) === 'mixed' && manifest.prover !== 'native') {
    throw invalid(
      modelId,
      `its zkey's domain of ${domainSize} needs the native prover, which its manifest does not say`,
    )
  }
  const keyHash = keccak256(encodeVerificationKey(verificationKey))
  if (derived.graphId !== model.graphId)
    throw invalid(modelId, `its graph file is the graph ${derived.graphId}, registered is ${model.graphId}`)
  if (keyHash !== model.keyHash)
    throw invalid(modelId, `its zkey holds the key ${keyHash}, registered is ${model.keyHash}`)
  const derivedId = computeModelId({ graphId: derived.graphId, keyHash, owner: model.owner })
  if (derivedId !== modelId) throw invalid(modelId, `its graph, key and owner make the id ${derivedId}`)

  const { input, output } = manifest
  const { input: graphInput, output: graphOutput } = signals
  const inputAgrees =
    countOf(input.shape) === graphInput.count &&
    input.width === graphInput.width &&
    input.lo === graphInput.lo &&
    input.bits === graphInput.bits
  if (!inputAgrees || countOf(output.shape) !== graphOutput.count || output.bits !== graphOutput.bits) {
    throw invalid(modelId, 'its manifest describes another input or output than its graph')
  }
  return { registered: model, manifest, signals, verificationKey }
}

function invalid(modelId: Hex, fact: string, cause?: unknown): JobRefusedError {
  return new JobRefusedError({ reason: 'model-invalid', detail: `Model ${modelId} cannot be trusted: ${fact}.`, cause })
}
