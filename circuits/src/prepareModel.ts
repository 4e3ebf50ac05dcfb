import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CheckedModel, type CheckOptions, type CheckStep, checkModel, type StepProgress } from './checkModel.ts'
import { chooseProver } from './chooseProver.ts'
import { circuitCost } from './circuitCost.ts'
import { compile } from './compile.ts'
import { devSetup, devSetupLabel } from './devSetup.ts'
import { type DomainKind, domainKindOf, domainSizeOf } from './domain.ts'
import { decodeProofBytes, encodeProofBytes, type Proof } from './proof.ts'
import { prove } from './prove.ts'
import { rowCountOf } from './qap.ts'
import { quantizeInput } from './quantize.ts'
import { encodeR1cs, type R1cs } from './r1cs.ts'
import { readCachedKey, writeAtomic, writeCachedKey } from './setupCache.ts'
import { encodeVerificationKey, type VerificationKey, verificationKeyFromZkey } from './verificationKey.ts'
import { verify } from './verify.ts'
import { computeWitness } from './witness.ts'

/** Steps of a preparation, for progress. */
export type PrepareStep = CheckStep | 'compile' | 'setup' | 'prove'

/** What {@link prepareModel} is told; the first calibration input makes the sample proof. */
export type PrepareOptions = Omit<CheckOptions, 'onStep'> & {
  /** where proving keys are kept, by the hash of their circuit */
  cacheFolder: string
  /** whether the key's domain is a power of two, as snarkjs needs it (default), or the smallest that the native prover knows */
  domain?: DomainKind
  /** called when a step begins, and again with how far it is, where that is known */
  onStep?: (step: PrepareStep, progress?: StepProgress) => void
}

/** A model that is ready to be published. */
export type PreparedModel = CheckedModel & {
  onnx: Uint8Array
  constraints: number
  /** the only prover that knows the key's domain; absent where each does */
  prover?: 'native'
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
 * Carries an ONNX model to all that its publication needs (node only): exact graph, constraints, a development setup
 * (`insecure-dev`, for local chains; kept in the cache by the circuit's hash), and a sample proof that verifies.
 * @throws the errors of parseOnnx, quantize, devSetup and prove; SampleProofInvalidError
 */
export async function prepareModel(options: PrepareOptions, signal?: AbortSignal): Promise<PreparedModel> {
  const { onnx, calibration, cacheFolder, domain = 'power-of-two', onStep } = options
  const checked = checkModel(options)
  signal?.throwIfAborted()
  onStep?.('compile')
  const r1cs = compile(checked.quantized.graph)
  const prover = proverOf(r1cs, domain)
  const label = prover === undefined ? devSetupLabel : `${devSetupLabel} ${domain}`
  const circuitHash = createHash('sha256').update(label).update(encodeR1cs(r1cs)).digest('hex')

  onStep?.('setup')
  const found = await readCachedKey(cacheFolder, circuitHash)
  const key =
    found ??
    (await writeCachedKey(
      cacheFolder,
      circuitHash,
      await devSetup(r1cs, { domain, onProgress: (share) => onStep?.('setup', { share }) }),
    ))
  const verificationKey = verificationKeyFromZkey(key.zkey)

  onStep?.('prove', { leftMs: await proofEstimate(r1cs) })
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
    ...(prover === undefined ? {} : { prover }),
    zkey: key.zkey,
    zkeyPath: key.zkeyPath,
    verificationKey,
    verificationKeyBytes: encodeVerificationKey(verificationKey),
    setup: { kind: 'insecure-dev', contributions: 0, transcriptHash: key.transcriptHash },
    sample: { proof, signals: witness.signals },
    cached: found !== undefined,
  }
}

/** The only prover that knows the smallest domain of a kind that holds a circuit; undefined where each does. */
export function proverOf(r1cs: R1cs, domain: DomainKind): 'native' | undefined {
  return domainKindOf(domainSizeOf(rowCountOf(r1cs), domain)) === 'mixed' ? 'native' : undefined
}

/** Milliseconds of one proof with the prover in use. */
async function proofEstimate(r1cs: R1cs): Promise<number> {
  const { provingMs, nativeProvingMs } = circuitCost(r1cs)
  return (await chooseProver()).kind === 'native' ? nativeProvingMs : provingMs
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
