import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compile } from './compile.ts'
import { devSetup, devSetupLabel } from './devSetup.ts'
import { evaluate } from './evaluate.ts'
import { evaluateFloat } from './evaluateFloat.ts'
import type { FloatGraph } from './floatGraph.ts'
import { encodeGraph, graphId } from './graphFile.ts'
import { type GraphSignals, graphSignals } from './intervals.ts'
import { parseOnnx } from './parseOnnx.ts'
import { decodeProofBytes, encodeProofBytes, type Proof } from './proof.ts'
import { prove } from './prove.ts'
import { type QuantizedModel, quantize, quantizeInput } from './quantize.ts'
import { encodeR1cs } from './r1cs.ts'
import { readCachedKey, writeAtomic, writeCachedKey } from './setupCache.ts'
import { encodeVerificationKey, type VerificationKey, verificationKeyFromZkey } from './verificationKey.ts'
import { verify } from './verify.ts'
import { computeWitness } from './witness.ts'

/** Steps of a preparation, for progress. */
export type PrepareStep = 'parse' | 'quantize' | 'measure' | 'compile' | 'setup' | 'prove'

/** An input with its true class, for measuring accuracy; values in the ONNX model's element order. */
export type LabelledSample = { values: Float32Array; label: number }

/** What {@link prepareModel} is told. */
export type PrepareOptions = {
  onnx: Uint8Array
  /** real inputs in the ONNX model's element order; they set the scales, and the first one makes the sample proof */
  calibration: Float32Array[]
  /** measured on both the float and the exact model when given */
  samples?: LabelledSample[]
  inputBits?: number
  /** where proving keys are kept, by the hash of their circuit */
  cacheFolder: string
  /** called when a step begins; `share` is its done part, 0 … 1, where it is known */
  onStep?: (step: PrepareStep, share?: number) => void
}

/** A model before its setup: what `check` reports. */
export type CheckedModel = {
  float: FloatGraph
  quantized: QuantizedModel
  graph: Uint8Array
  graphId: `0x${string}`
  signals: GraphSignals
  /** shares of right answers, 0 … 1 */
  accuracy?: { samples: number; float: number; exact: number }
}

/** A model that is ready to be published. */
export type PreparedModel = CheckedModel & {
  onnx: Uint8Array
  constraints: number
  zkey: Uint8Array
  zkeyPath: string
  verificationKey: VerificationKey
  /** as contracts/interfaces/IProofVerifier.sol lays it out */
  verificationKeyBytes: Uint8Array
  setup: { kind: 'insecure-dev'; contributions: number; transcriptHash: `0x${string}` }
  sample: { proof: Proof; signals: bigint[] }
  /** whether the proving key came from the cache */
  cached: boolean
}

/** A fresh sample proof does not verify: circuit, key and prover do not belong together. */
export class SampleProofInvalidError extends Error {
  override readonly name = 'SampleProofInvalidError'
  readonly zkeyPath: string

  constructor({ zkeyPath }: { zkeyPath: string }) {
    super(`The sample proof made with ${zkeyPath} does not verify; delete that file and prepare the model again.`)
    this.zkeyPath = zkeyPath
  }
}

/**
 * Parses and quantizes an ONNX model and measures it.
 * @throws the errors of parseOnnx and quantize
 */
export function checkModel({
  onnx,
  calibration,
  samples,
  inputBits,
  onStep,
}: Omit<PrepareOptions, 'cacheFolder'>): CheckedModel {
  onStep?.('parse')
  const float = parseOnnx(onnx)
  onStep?.('quantize')
  const quantized = quantize(float, inputBits === undefined ? { calibration } : { calibration, inputBits })
  const { graph } = quantized
  const checked = { float, quantized, graph: encodeGraph(graph), graphId: graphId(graph), signals: graphSignals(graph) }
  if (samples === undefined || samples.length === 0) return checked
  onStep?.('measure')
  return { ...checked, accuracy: measure(float, quantized, samples) }
}

/**
 * Carries an ONNX model to all that its publication needs (node only): exact graph, constraints, a development setup
 * (`insecure-dev`, for local chains; kept in the cache by the circuit's hash), and a sample proof that verifies.
 * @throws the errors of parseOnnx, quantize, devSetup and prove; SampleProofInvalidError
 */
export async function prepareModel(options: PrepareOptions, signal?: AbortSignal): Promise<PreparedModel> {
  const { onnx, calibration, cacheFolder, onStep } = options
  const checked = checkModel(options)
  signal?.throwIfAborted()
  onStep?.('compile')
  const r1cs = compile(checked.quantized.graph)
  const circuitHash = createHash('sha256').update(devSetupLabel).update(encodeR1cs(r1cs)).digest('hex')

  onStep?.('setup')
  const found = await readCachedKey(cacheFolder, circuitHash)
  const key =
    found ??
    (await writeCachedKey(
      cacheFolder,
      circuitHash,
      await devSetup(r1cs, { onProgress: (share) => onStep?.('setup', share) }),
    ))
  const verificationKey = verificationKeyFromZkey(key.zkey)

  onStep?.('prove')
  signal?.throwIfAborted()
  const input = quantizeInput(calibration[0] ?? new Float32Array(), checked.quantized)
  const witness = computeWitness(checked.quantized.graph, { input, binding: 0n })
  const samplePath = join(cacheFolder, `${circuitHash}.proof`)
  const kept = found === undefined ? undefined : await readSample(samplePath)
  const proof =
    kept !== undefined && verify(verificationKey, witness.signals, kept)
      ? kept
      : (await prove({ zkeyPath: key.zkeyPath, witness: witness.witness }, signal)).proof
  if (proof !== kept) {
    if (!verify(verificationKey, witness.signals, proof)) throw new SampleProofInvalidError(key)
    await writeAtomic(samplePath, encodeProofBytes(proof))
  }
  return {
    ...checked,
    onnx,
    constraints: r1cs.constraints.length,
    zkey: key.zkey,
    zkeyPath: key.zkeyPath,
    verificationKey,
    verificationKeyBytes: encodeVerificationKey(verificationKey),
    setup: { kind: 'insecure-dev', contributions: 0, transcriptHash: key.transcriptHash },
    sample: { proof, signals: witness.signals },
    cached: found !== undefined,
  }
}

/** A proof kept from an earlier run; undefined when there is none that can be read. */
async function readSample(path: string): Promise<Proof | undefined> {
  try {
    return decodeProofBytes(await readFile(path))
  } catch {
    // Missing or broken: it is only a shortcut, and the proof is made again.
    return undefined
  }
}

function measure(float: FloatGraph, quantized: QuantizedModel, samples: LabelledSample[]) {
  let [floatRight, exactRight] = [0, 0]
  for (const { values, label } of samples) {
    if (argMax(evaluateFloat(float, values)) === label) floatRight += 1
    if (argMax(evaluate(quantized.graph, quantizeInput(values, quantized))) === label) exactRight += 1
  }
  return { samples: samples.length, float: floatRight / samples.length, exact: exactRight / samples.length }
}

/** Index of the greatest value; the first of equals. */
function argMax(values: Float32Array | Int32Array): number {
  let best = 0
  for (let index = 1; index < values.length; index += 1) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index
  }
  return best
}
