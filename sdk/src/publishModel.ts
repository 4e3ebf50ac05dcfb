import { encodeProof, type Proof } from '@assay/circuits/proof'
import {
  bytesToHex,
  encodeAbiParameters,
  encodeFunctionData,
  type Hash,
  type Hex,
  keccak256,
  sha256,
  zeroHash,
} from 'viem'
import { modelRegistryAbi } from './abi/modelRegistry.ts'
import { cidOf } from './content.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { revertOf } from './errors.ts'
import { getModel, type Model, setupKinds } from './getModel.ts'
import { checkManifest, encodeManifest, type Manifest, type ManifestDraft } from './manifest.ts'
import { placeFiles } from './placeFiles.ts'
import { accountOf, type SendOptions, sendCall } from './sendCall.ts'

/** A proof that must verify with its signals; the registry tampers with it and demands that it fails then. */
export type SampleProof = { proof: Proof; signals: readonly bigint[] }

/** Steps of a publication, for progress. */
export type PublishStep = 'upload' | 'check' | 'register'

/** What a publication has done: the manifest's CID, which names every byte, at each step that ended, and the registration as it was signed. */
export type PublishRecord = { uploaded?: string; checked?: string; registration?: Hex }

/** Where a publication's record outlives the process. `read` gives an empty record at first. */
export type PublishNotes = { read: () => Promise<PublishRecord>; write: (record: PublishRecord) => Promise<void> }

/** This account registered the same graph and key before, with another manifest. */
export class ModelPublishedError extends Error {
  override readonly name = 'ModelPublishedError'
  readonly modelId: Hex
  readonly manifestCid: string

  constructor({ modelId, manifestCid }: { modelId: Hex; manifestCid: string }) {
    super(
      `Model ${modelId} is registered already, with the manifest ${manifestCid}; publish with the same name and terms, or make a new setup.`,
    )
    this.modelId = modelId
    this.manifestCid = manifestCid
  }
}

/** The id a model gets: keccak256 of its graph's id, its verification key's hash and its owner. */
export function computeModelId({ graphId, keyHash, owner }: { graphId: Hex; keyHash: Hex; owner: Hex }): Hex {
  return keccak256(
    encodeAbiParameters([{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'address' }], [graphId, keyHash, owner]),
  )
}

/**
 * Publishes a prepared model: uploads its files and its manifest as one CAR, reads every byte back, and registers it.
 * Started again after any failure it goes on where its notes say that it stopped, or, without notes, does all again; the same
 * model is never registered twice, and for one that is registered with the same manifest no transaction is sent.
 * @param parameters.gatewayUrl where every byte is read back from; without it nothing is
 * @param parameters.verificationKey bytes as IProofVerifier.sol lays them out
 * @param parameters.royaltyBps the owner's share of each job in basis points
 * @param parameters.floorPrice least price of a job in wei
 * @param parameters.onStep told of each step as it begins, and with the share, 0 … 1, that is done
 * @param parameters.isStreamed whether an upload tells its share too, as a stream, which browsers do not send over HTTP/1.1; default true
 * @throws ModelPublishedError, ManifestInvalidError, the content errors, viem's ContractFunctionExecutionError
 */
export async function publishModel(
  client: MarketClient,
  {
    deployment,
    contentApiUrl,
    gatewayUrl,
    draft,
    files,
    verificationKey,
    sample,
    royaltyBps,
    floorPrice,
    supersedes = zeroHash,
    notes = notesInMemory(),
    onStep,
    isStreamed = true,
    signal,
    ...options
  }: SendOptions & {
    deployment: Deployment
    contentApiUrl: string
    gatewayUrl?: string
    draft: ManifestDraft
    files: { onnx: Uint8Array; graph: Uint8Array; zkey: Uint8Array }
    verificationKey: Uint8Array
    sample: SampleProof
    royaltyBps: number
    floorPrice: bigint
    supersedes?: Hex
    notes?: PublishNotes
    onStep?: (step: PublishStep, share?: number) => void
    isStreamed?: boolean
    signal?: AbortSignal
  },
): Promise<{ model: Model; manifest: Manifest; hash?: Hash }> {
  const keyHash = keccak256(verificationKey)
  const manifest = checkManifest({
    ...draft,
    files: {
      onnx: await describeFile(files.onnx),
      graph: await describeFile(files.graph),
      zkey: await describeFile(files.zkey),
    },
  })
  const modelId = computeModelId({ graphId: manifest.graphId, keyHash, owner: accountOf(client).address })
  const manifestBytes = encodeManifest(manifest)
  const manifestCid = await cidOf(manifestBytes)

  const existing = await findModel(client, { deployment, modelId })
  if (existing !== undefined && existing.manifestCid !== manifestCid) throw new ModelPublishedError(existing)
  // A registered model's files are uploaded again all the same: adding is idempotent, and a new content service may lack them.
  const bytes = [files.onnx, files.graph, files.zkey, manifestBytes]
  await placeFiles({ contentApiUrl, gatewayUrl, files: bytes, manifestCid, notes, onStep, isStreamed }, signal)
  if (existing !== undefined) return { model: existing, manifest }

  onStep?.('register')
  signal?.throwIfAborted()
  const { kind, contributions, transcriptHash } = manifest.setup
  const params = {
    graphId: manifest.graphId,
    manifestCid,
    supersedes,
    royaltyBps,
    floorPrice,
    setup: { kind: setupKinds.indexOf(kind), contributions, transcriptHash },
  }
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.modelRegistry,
    abi: modelRegistryAbi,
    data: encodeFunctionData({
      abi: modelRegistryAbi,
      functionName: 'registerModel',
      args: [params, bytesToHex(verificationKey), { proof: encodeProof(sample.proof), signals: [...sample.signals] }],
    }),
    outbox: {
      read: async () => (await notes.read()).registration,
      write: async (registration) => notes.write({ ...(await notes.read()), registration }),
    },
  })
  return { model: await getModel(client, { deployment, modelId }), manifest, hash: receipt.transactionHash }
}

function notesInMemory(): PublishNotes {
  let record: PublishRecord = {}
  return {
    read: async () => record,
    write: async (next) => {
      record = next
    },
  }
}

/** Reads a model, or undefined when the registry does not know it. */
async function findModel(
  client: MarketClient,
  { deployment, modelId }: { deployment: Deployment; modelId: Hex },
): Promise<Model | undefined> {
  try {
    return await getModel(client, { deployment, modelId })
  } catch (error) {
    if (revertOf(error)?.name === 'ModelUnknown') return undefined
    throw error
  }
}

/** A file as manifests name it: its CID, SHA-256 and length in bytes. */
export async function describeFile(bytes: Uint8Array): Promise<Manifest['files']['onnx']> {
  return { cid: await cidOf(bytes), sha256: sha256(bytes), bytes: bytes.length }
}
