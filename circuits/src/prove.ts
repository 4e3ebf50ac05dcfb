import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { BinFileInvalidError } from './binFile.ts'
import { type LimitedResult, type LimitedRun, type ProcessFailedError, runLimited } from './limitedProcess.ts'
import { fromSnarkjsProof, type Proof } from './proof.ts'
import { encodeWitness } from './wtns.ts'
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
  witness: bigint[]
  /** What the prover may use; default: {@link defaultProveLimits}. */
  limits?: ProveLimits
  /** Runs the prover's program; default: {@link runLimited}. A caller with more isolation brings its own, and its errors pass through. */
  runProgram?: (run: LimitedRun, signal?: AbortSignal) => Promise<LimitedResult>
}

/** What the prover may use: MiB of memory, seconds on the clock, and threads (default: all processors, at most four). */
export type ProveLimits = { memoryMb: number; wallSeconds: number; threads?: number }

/** Measured: 25,000 constraints take half a gigabyte and two seconds on four threads. */
export const defaultProveLimits: ProveLimits = { memoryMb: 2048, wallSeconds: 600 }

// A proof and its signals are a few kilobytes.
const outputBytes = 4 * 2 ** 20

/**
 * Makes a Groth16 proof by running snarkjs (GPL-3.0) as a separate program in a limited process (node only). The witness stands
 * in a fresh directory that only this user reads, and that is gone when this settles or this process exits (a killed one leaves
 * it in the system's temporary directory).
 * Warning: it is not checked that the proof verifies. A witness that breaks a constraint gives a proof like any other, which
 * `verify` rejects: verify before sending.
 * @returns the proof, and the public signals, which are the witness's own public part
 * @throws {@link ProvingFailedError} the key is missing, truncated or of another circuit, or snarkjs failed
 * @throws WitnessValueError a witness value is not below r
 * @throws LimitExceededError the prover ran into `limits`
 * @throws the signal's reason, when that aborts
 */
export async function prove(
  { zkeyPath, witness, limits = defaultProveLimits, runProgram = runLimited }: ProveOptions,
  signal?: AbortSignal,
): Promise<{ proof: Proof; signals: bigint[] }> {
  const { wireCount, signalCount } = readHeader(zkeyPath)
  if (wireCount !== witness.length) {
    const reason = `the witness has ${witness.length} values and the key's circuit ${wireCount} wires`
    throw new ProvingFailedError({ zkeyPath, reason })
  }
  const wtns = encodeWitness(witness)
  signal?.throwIfAborted()

  const directory = await mkdtemp(join(tmpdir(), 'assay-prove-'))
  const removeNow = () => rmSync(directory, { recursive: true, force: true })
  process.on('exit', removeNow)
  try {
    await writeFile(join(directory, 'witness.wtns'), wtns)
    await runSnarkjs(directory, { zkeyPath, limits, runProgram }, signal)
    const [proof, signals] = await readResults(directory, zkeyPath)
    if (signals.length !== signalCount || signals.some((value, index) => value !== witness[index + 1])) {
      throw new ProvingFailedError({ zkeyPath, reason: 'the prover named other public signals than the witness has' })
    }
    return { proof, signals }
  } finally {
    process.off('exit', removeNow)
    await rm(directory, { recursive: true, force: true })
  }
}

function readHeader(zkeyPath: string): ZkeyHeader {
  const failed = (reason: string, cause: unknown) => new ProvingFailedError({ zkeyPath, reason }, { cause })
  let file: number
  try {
    file = openSync(zkeyPath, 'r')
  } catch (error) {
    throw failed('the file cannot be read', error)
  }
  try {
    const read = (offset: number, length: number) => {
      const bytes = new Uint8Array(length)
      readSync(file, bytes, 0, length, offset)
      return bytes
    }
    return readZkeyHeader(read, fstatSync(file).size)
  } catch (error) {
    if (error instanceof BinFileInvalidError) throw failed(error.fact, error)
    throw error
  } finally {
    closeSync(file)
  }
}

async function runSnarkjs(
  directory: string,
  { zkeyPath, limits, runProgram }: { zkeyPath: string; limits: ProveLimits; runProgram: typeof runLimited },
  signal?: AbortSignal,
): Promise<void> {
  const program = join(dirname(createRequire(import.meta.url).resolve('snarkjs')), 'cli.cjs')
  const threads = limits.threads ?? Math.min(availableParallelism(), 4)
  const args = [
    `--import=${processorsModule(threads)}`,
    program,
    ...['groth16', 'prove', resolve(zkeyPath), 'witness.wtns', 'proof.json', 'public.json'],
  ]
  const cpuSeconds = limits.wallSeconds * threads
  try {
    const { memoryMb, wallSeconds } = limits
    await runProgram(
      {
        command: process.execPath,
        args,
        cwd: directory,
        limits: { memoryMb, wallSeconds, cpuSeconds, outputBytes, threads },
        readable: [resolve(zkeyPath)],
        results: ['proof.json', 'public.json'],
      },
      signal,
    )
  } catch (error) {
    if (!isProcessFailure(error)) throw error
    throw new ProvingFailedError({ zkeyPath, reason: error.message }, { cause: error })
  }
}

/**
 * A module for Node's `--import` under which the machine seems to have `threads` processors. snarkjs starts a thread for each
 * one, up to 64, and no option of its command line changes that; each thread costs memory.
 */
function processorsModule(threads: number): string {
  const source = `import os from 'node:os'
const processors = os.cpus().slice(0, ${threads})
os.cpus = () => processors`
  return `data:text/javascript,${encodeURIComponent(source)}`
}

function isProcessFailure(error: unknown): error is ProcessFailedError {
  return error instanceof Error && error.name === 'ProcessFailedError'
}

async function readResults(directory: string, zkeyPath: string): Promise<[Proof, bigint[]]> {
  try {
    const proof = fromSnarkjsProof(JSON.parse(await readFile(join(directory, 'proof.json'), 'utf8')))
    const signals: unknown = JSON.parse(await readFile(join(directory, 'public.json'), 'utf8'))
    if (!Array.isArray(signals)) throw new TypeError('public.json is not a list')
    return [proof, signals.map((value) => BigInt(value))]
  } catch (error) {
    throw new ProvingFailedError({ zkeyPath, reason: 'the prover wrote no readable proof' }, { cause: error })
  }
}
