import { rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { BinFileInvalidError } from './binFile.ts'
import { chooseProver, type ProverKind } from './chooseProver.ts'
import { domainKindOf } from './domain.ts'
import { withFileReader } from './fileReader.ts'
import { ProcessFailedError, runLimited } from './limitedProcess.ts'
import { fromSnarkjsProof, type Proof } from './proof.ts'
import { nativeProverMemory, proverMemory } from './proverMemory.ts'
import { runSnarkjs, threadsOf } from './runSnarkjs.ts'
import type { VerificationKey } from './verificationKey.ts'
import { verify } from './verify.ts'
import type { WitnessInput } from './witness.ts'
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

/** A proving key's domain is one that only the native prover knows. */
export class ProverUnfitError extends Error {
  override readonly name = 'ProverUnfitError'
  readonly zkeyPath: string
  readonly domainSize: number

  constructor({ zkeyPath, domainSize }: { zkeyPath: string; domainSize: number }) {
    super(
      `snarkjs cannot prove with ${zkeyPath}, whose domain of ${domainSize} rows is no power of two; build the native prover with \`npm run build:native\`.`,
    )
    this.zkeyPath = zkeyPath
    this.domainSize = domainSize
  }
}

/** What {@link prove} is told. */
export type ProveOptions = {
  /** Path of the model's Groth16 proving key. */
  zkeyPath: string
  /** One value for each wire, each below r; wire 0 is 1. */
  witness: Witness
  /** What the prover may use; what is left out comes from {@link proveLimitsOf}. */
  limits?: Partial<ProveLimits>
  /** Which program makes the proof; default: the native one where it was built, otherwise snarkjs ({@link chooseProver}). */
  prover?: ProverKind
  /** Runs the prover's program; default: {@link runLimited}. A caller with more isolation brings its own, and its errors pass through. */
  runProgram?: typeof runLimited
  /** Says whether the proof holds; default: {@link verify}, or the native prover's own word. A caller that must not be kept waiting has it done elsewhere. */
  verifyProof?: VerifyProof
}

/**
 * A witness that the native prover computes itself: by a graph's `witnessProgram`, from an input and a binding. The proof has to be of
 * these public signals.
 */
export type ProgramWitness = WitnessInput & { program: Uint8Array; signals: readonly bigint[] }

/** What a proof is made of. */
export type ProofSource = Witness | ProgramWitness

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

/** The limits for proofs with a key, those left out from its size ({@link proverMemory}, {@link nativeProverMemory}). */
export function proveLimitsOf(
  {
    header,
    kind,
    tableMb = 0,
    programBytes = 0,
  }: { header: ZkeyHeader; kind: ProverKind; tableMb?: number; programBytes?: number },
  limits: Partial<ProveLimits> = {},
): Required<ProveLimits> {
  const threads = threadsOf(limits)
  const size = { ...header, threads }
  const bound = kind === 'native' ? nativeProverMemory({ ...size, programBytes }) + tableMb : proverMemory(size)
  const memoryMb = limits.memoryMb ?? bound
  return { memoryMb, wallSeconds: limits.wallSeconds ?? defaultWallSeconds, threads }
}

/**
 * Makes a Groth16 proof by a separate program in a limited process (node only), and verifies it: by the native prover, which verifies
 * what it hands out, or by snarkjs (GPL-3.0), whose proof is verified here.
 * The witness stands in a fresh directory that only this user reads, and that is gone when this settles or this process exits (a
 * killed one leaves it in the system's temporary directory). For many proofs with one key, `startResidentProver` is faster.
 * @returns the proof, and the public signals, which are the witness's own public part
 * @throws {@link ProvingFailedError} the key is missing, truncated or of another circuit, the prover failed, or the proof does not
 * verify: the witness breaks a constraint
 * @throws WitnessValueError a witness value is not below r
 * @throws VerificationKeyPointError, VerificationKeySetupError: the verification key in the zkey proves nothing
 * @throws LimitExceededError the prover ran into `limits`
 * @throws NativeProverMissingError it was asked for and is not there
 * @throws {@link ProverUnfitError} snarkjs would prove, and the key's domain is no power of two
 * @throws the signal's reason, when that aborts
 */
export async function prove(
  { zkeyPath, witness, limits, prover: wanted, runProgram = runLimited, verifyProof }: ProveOptions,
  signal?: AbortSignal,
): Promise<ProvenSignals> {
  const header = readProvingKey(zkeyPath)
  checkWitnessLength({ zkeyPath, header, witness })
  const wtns = encodeWitness(witness)
  const prover = await chooseProver(wanted)
  checkProverFits({ zkeyPath, header }, prover.kind)
  signal?.throwIfAborted()

  const cwd = await mkdtemp(join(tmpdir(), 'assay-prove-'))
  const removeNow = () => rmSync(cwd, { recursive: true, force: true })
  process.on('exit', removeNow)
  try {
    await writeFile(join(cwd, 'witness.wtns'), wtns)
    const allowed = proveLimitsOf({ header, kind: prover.kind }, limits)
    const claim = claimOf({ zkeyPath, header }, witness)
    const run = { cwd, outputBytes, limits: allowed, runProgram, readable: [resolve(zkeyPath)] }
    if (prover.kind === 'native') {
      const answer = await runNative({ ...run, program: prover.program, zkeyPath }, signal)
      const proven = acceptNativeProof(claim, answer)
      // It has verified the proof with the file's key; a caller that says how has a key of its own to see.
      return verifyProof === undefined ? proven : await expectVerified(claim, proven, verifyProof)
    }
    const args = ['groth16', 'prove', resolve(zkeyPath), 'witness.wtns', 'proof.json', 'public.json']
    await runSnarkjs({ ...run, args, results: ['proof.json', 'public.json'] }, signal)
    const [proof, publicSignals] = await Promise.all(
      ['proof.json', 'public.json'].map((name) => readAnswer(zkeyPath, join(cwd, name))),
    )
    return await acceptProof(claim, { proof, publicSignals }, verifyProof)
  } catch (error) {
    if (!(error instanceof ProcessFailedError)) throw error
    throw new ProvingFailedError({ zkeyPath, reason: error.message }, { cause: error })
  } finally {
    process.off('exit', removeNow)
    await rm(cwd, { recursive: true, force: true })
  }
}

/** One proof by the native prover's program, from `witness.wtns` in `cwd`. */
async function runNative(
  run: {
    program: string
    zkeyPath: string
    cwd: string
    outputBytes: number
    limits: Required<ProveLimits>
    readable: string[]
    runProgram: typeof runLimited
  },
  signal?: AbortSignal,
): Promise<unknown> {
  const { program, zkeyPath, cwd, limits, outputBytes, readable, runProgram } = run
  const { memoryMb, wallSeconds, threads } = limits
  await runProgram(
    {
      command: program,
      args: ['prove', resolve(zkeyPath), 'witness.wtns', 'answer.json', String(threads)],
      cwd,
      readable: [...readable, program],
      results: ['answer.json'],
      limits: { memoryMb, wallSeconds, cpuSeconds: wallSeconds * threads, outputBytes, threads },
    },
    signal,
  )
  return readAnswer(zkeyPath, join(cwd, 'answer.json'))
}

async function readAnswer(zkeyPath: string, path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new ProvingFailedError({ zkeyPath, reason: 'the prover wrote no readable proof' }, { cause })
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

/** @throws {@link ProverUnfitError} the prover is snarkjs and the key's domain no power of two, which its transforms do not take */
export function checkProverFits(
  { zkeyPath, header: { domainSize } }: { zkeyPath: string; header: ZkeyHeader },
  kind: ProverKind,
): void {
  if (kind === 'snarkjs' && domainKindOf(domainSize) !== 'power-of-two') {
    throw new ProverUnfitError({ zkeyPath, domainSize })
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

/** Whose proof it should be: the key's path, the verification key in it, and the public signals. */
export type ProofClaim = { zkeyPath: string; key: VerificationKey; signals: readonly bigint[] }

/** The claim that a witness makes, or the one that a program's witness has to make. */
export function claimOf(
  { zkeyPath, header: key }: { zkeyPath: string; header: ZkeyHeader },
  source: ProofSource,
): ProofClaim {
  const signals = isProgram(source) ? source.signals : witnessValues(source, { start: 1, end: key.ic.length })
  return { zkeyPath, key, signals }
}

/** Whether the prover is to compute the witness itself. */
export function isProgram(source: ProofSource): source is ProgramWitness {
  return 'program' in source
}

/** What a prover's program answers, unchecked; `kind` is the native prover's word for what is wrong. */
export type ProverAnswer = { proof?: unknown; publicSignals?: unknown; error?: string; kind?: unknown }

/**
 * Takes what snarkjs answered for a proof only if it is of the witness's public signals and verifies.
 * @throws {@link ProvingFailedError}
 */
export async function acceptProof(
  claim: ProofClaim,
  answer: ProverAnswer,
  verifyProof: VerifyProof = verify,
): Promise<ProvenSignals> {
  return expectVerified(claim, readProof(claim, answer), verifyProof)
}

async function expectVerified(
  { zkeyPath, key }: ProofClaim,
  proven: ProvenSignals,
  verifyProof: VerifyProof,
): Promise<ProvenSignals> {
  if (await verifyProof(key, proven.signals, proven.proof)) return proven
  const reason = 'its proof does not verify, because the witness breaks a constraint or the key is damaged'
  throw new ProvingFailedError({ zkeyPath, reason })
}

/**
 * Takes what the native prover answered if it is of the witness's public signals; it verifies each proof before it answers, and
 * checks the whole key before the first.
 * @throws {@link ProvingFailedError}
 */
export function acceptNativeProof(claim: ProofClaim, answer: unknown): ProvenSignals {
  const members: ProverAnswer = typeof answer === 'object' && answer !== null ? answer : {}
  if (members.error === undefined) return readProof(claim, members)
  throw new ProvingFailedError({ zkeyPath: claim.zkeyPath, reason: String(members.error) })
}

function readProof({ zkeyPath, signals }: ProofClaim, answer: ProverAnswer): ProvenSignals {
  const failed = (reason: string, cause?: unknown) => new ProvingFailedError({ zkeyPath, reason }, { cause })
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
  return { proof, signals: [...signals] }
}
