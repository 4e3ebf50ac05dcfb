import { rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { BinFileInvalidError } from './binFile.ts'
import { withFileReader } from './fileReader.ts'
import { ProcessFailedError, type runLimited } from './limitedProcess.ts'
import { fromSnarkjsProof, type Proof } from './proof.ts'
import { proverMemory } from './proverMemory.ts'
import { runSnarkjs, threadsOf } from './runSnarkjs.ts'
import type { VerificationKey } from './verificationKey.ts'
import { verify } from './verify.ts'
import { encodeWitness, type Witness, wireCountOf, witnessValues } from './wtns.ts'
import { readZkeyHeader, type ZkeyHeader } from './zkey.ts'

/** The prover ended without a usable proof. The same key and witness give the same failure. */
export class ProvingFailedError extends Error {
  override readonly name = 'ProvingFailedError'
  readonly zkeyPath: string
  readonly reason: string

  constructor({ zkeyPath, reason }: { zkeyPath: string; reason: string }, options?: ErrorOptions) {
    super(`No proof was made with ${zkeyPath}: ${reason.replace(/\.$/, '')}.`, options)
    this.zkeyPath = zkeyPath
    this.reason = reason
  }
}

/** What a proof is made of. */
export type ProveOptions = {
  /** Path of the model's Groth16 proving key. */
  zkeyPath: string
  /** One value for each wire, each below r; wire 0 is 1. */
  witness: Witness
  /** What the prover may use; what is left out comes from {@link proveLimitsOf}. */
  limits?: Partial<ProveLimits>
  /** Runs the prover's program; default: {@link runLimited}. A caller with more isolation brings its own, and its errors pass through. */
  runProgram?: typeof runLimited
  /** Says whether the proof holds; default: {@link verify}. A caller that must not be kept waiting has it done elsewhere. */
  verifyProof?: VerifyProof
}

/** As {@link verify}, now or later. */
export type VerifyProof = (...asked: Parameters<typeof verify>) => boolean | Promise<boolean>

/** What the prover may use: MiB of memory, seconds on the clock, and threads (default: all processors, at most four). */
export type ProveLimits = { memoryMb: number; wallSeconds: number; threads?: number }

/** A proof and the public signals it is of. */
export type ProvenSignals = { proof: Proof; signals: bigint[] }

/** Seconds a proof may take unless the caller says otherwise. */
export const defaultWallSeconds = 600

// A proof and its signals are a few kilobytes.
const outputBytes = 4 * 2 ** 20

/** The limits for proofs with a key, those left out from its size ({@link proverMemory}). */
export function proveLimitsOf(header: ZkeyHeader, limits: Partial<ProveLimits> = {}): Required<ProveLimits> {
  const threads = threadsOf(limits)
  const memoryMb = limits.memoryMb ?? proverMemory({ ...header, threads })
  return { memoryMb, wallSeconds: limits.wallSeconds ?? defaultWallSeconds, threads }
}

/**
 * Makes a Groth16 proof by running snarkjs (GPL-3.0) as a separate program in a limited process (node only), and verifies it.
 * The witness stands in a fresh directory that only this user reads, and that is gone when this settles or this process exits (a
 * killed one leaves it in the system's temporary directory). For many proofs with one key, `startResidentProver` is faster.
 * @returns the proof, and the public signals, which are the witness's own public part
 * @throws {@link ProvingFailedError} the key is missing, truncated or of another circuit, snarkjs failed, or the proof does not
 * verify: the witness breaks a constraint
 * @throws WitnessValueError a witness value is not below r
 * @throws VerificationKeyPointError, VerificationKeySetupError: the verification key in the zkey proves nothing
 * @throws LimitExceededError the prover ran into `limits`
 * @throws the signal's reason, when that aborts
 */
export async function prove(
  { zkeyPath, witness, limits, runProgram, verifyProof = verify }: ProveOptions,
  signal?: AbortSignal,
): Promise<ProvenSignals> {
  const header = readProvingKey(zkeyPath)
  checkWitnessLength({ zkeyPath, header, witness })
  const wtns = encodeWitness(witness)
  signal?.throwIfAborted()

  const cwd = await mkdtemp(join(tmpdir(), 'assay-prove-'))
  const removeNow = () => rmSync(cwd, { recursive: true, force: true })
  process.on('exit', removeNow)
  try {
    await writeFile(join(cwd, 'witness.wtns'), wtns)
    const args = ['groth16', 'prove', resolve(zkeyPath), 'witness.wtns', 'proof.json', 'public.json']
    const results = ['proof.json', 'public.json']
    const run = {
      args,
      cwd,
      outputBytes,
      limits: proveLimitsOf(header, limits),
      readable: [resolve(zkeyPath)],
      results,
    }
    await runSnarkjs({ ...run, ...(runProgram === undefined ? {} : { runProgram }) }, signal)
    const [proof, publicSignals] = await Promise.all(
      results.map(async (name): Promise<unknown> => JSON.parse(await readFile(join(cwd, name), 'utf8'))),
    ).catch((cause) => {
      throw new ProvingFailedError({ zkeyPath, reason: 'the prover wrote no readable proof' }, { cause })
    })
    return await acceptProof({ zkeyPath, key: header, witness, verifyProof }, { proof, publicSignals })
  } catch (error) {
    if (!(error instanceof ProcessFailedError)) throw error
    throw new ProvingFailedError({ zkeyPath, reason: error.message }, { cause: error })
  } finally {
    process.off('exit', removeNow)
    await rm(cwd, { recursive: true, force: true })
  }
}

/**
 * Reads a proving key's header and verification key from its file (node only).
 * @throws {@link ProvingFailedError} it is missing, or no Groth16 zkey over BN254
 */
export function readProvingKey(zkeyPath: string): ZkeyHeader {
  try {
    return withFileReader(zkeyPath, readZkeyHeader)
  } catch (cause) {
    const reason = cause instanceof BinFileInvalidError ? cause.fact : 'the file cannot be read'
    throw new ProvingFailedError({ zkeyPath, reason }, { cause })
  }
}

/** @throws {@link ProvingFailedError} the witness is of another circuit than the key */
export function checkWitnessLength({
  zkeyPath,
  header: { wireCount },
  witness,
}: {
  zkeyPath: string
  header: ZkeyHeader
  witness: Witness
}): void {
  const count = wireCountOf(witness)
  if (wireCount === count) return
  const reason = `the witness has ${count} values and the key's circuit ${wireCount} wires`
  throw new ProvingFailedError({ zkeyPath, reason })
}

/**
 * Takes what snarkjs answered for a proof only if it is of the witness's public signals and verifies.
 * @throws {@link ProvingFailedError}
 */
export async function acceptProof(
  {
    zkeyPath,
    key,
    witness,
    verifyProof = verify,
  }: { zkeyPath: string; key: VerificationKey; witness: Witness; verifyProof?: VerifyProof },
  answer: { proof?: unknown; publicSignals?: unknown },
): Promise<ProvenSignals> {
  const failed = (reason: string, cause?: unknown) => new ProvingFailedError({ zkeyPath, reason }, { cause })
  const signals = witnessValues(witness, { start: 1, end: key.ic.length })
  let proof: Proof
  try {
    proof = fromSnarkjsProof(answer.proof)
  } catch (cause) {
    throw failed('the prover wrote no readable proof', cause)
  }
  const { publicSignals } = answer
  const named = Array.isArray(publicSignals) ? publicSignals.map(String) : []
  if (named.length !== signals.length || signals.some((value, index) => value.toString() !== named[index])) {
    throw failed('the prover named other public signals than the witness has')
  }
  if (!(await verifyProof(key, signals, proof))) {
    throw failed('its proof does not verify, because the witness breaks a constraint or the key is damaged')
  }
  return { proof, signals }
}
