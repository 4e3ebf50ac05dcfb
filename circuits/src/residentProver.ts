import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkZkey, ZkeyInvalidError } from './checkZkey.ts'
import { chooseProver, type ProverChoice, type ProverKind } from './chooseProver.ts'
import { withFileReader } from './fileReader.ts'
import { startLimited } from './limitedProcess.ts'
import {
  acceptNativeProof,
  acceptProof,
  checkProverFits,
  checkWitnessLength,
  claimOf,
  isProgram,
  type ProofSource,
  type ProveLimits,
  type ProvenSignals,
  ProvingFailedError,
  proveLimitsOf,
} from './prove.ts'
import { type ProverSession, startProverSession } from './proverSession.ts'
import { processorsModule, snarkjsPaths } from './runSnarkjs.ts'
import type { WitnessInput } from './witness.ts'
import { encodeProgramInput } from './witnessProgram.ts'
import { encodeWitness } from './wtns.ts'
import { readZkeyHeader } from './zkey.ts'

/** The prover's process ended in the middle of a proof, or before it. Trying again starts another. */
export class ProverCrashedError extends Error {
  override readonly name = 'ProverCrashedError'
  /** What a retry loop asks: the next proof starts a new process. */
  readonly retryable = true
  readonly zkeyPath: string
  readonly reason: string

  constructor({ zkeyPath, reason }: { zkeyPath: string; reason: string }, options?: ErrorOptions) {
    super(`The prover of ${zkeyPath} crashed: ${reason.replace(/\.$/, '')}; try again.`, options)
    this.zkeyPath = zkeyPath
    this.reason = reason
  }
}

/** The prover was closed by its owner. */
export class ProverClosedError extends Error {
  override readonly name = 'ProverClosedError'
  readonly zkeyPath: string

  constructor(zkeyPath: string) {
    super(`The prover of ${zkeyPath} is closed; start another one.`)
    this.zkeyPath = zkeyPath
  }
}

/** What {@link startResidentProver} is told. */
export type ResidentProverOptions = {
  /** Path of the model's Groth16 proving key. */
  zkeyPath: string
  /** What its process may use; seconds are for one proof. What is left out comes from `proveLimitsOf`. */
  limits?: Partial<ProveLimits>
  /** Its process ends after so long without a proof and starts again for the next; default 300. */
  idleSeconds?: number
  /** Which program makes the proofs; default: the native one where it was built, otherwise snarkjs ({@link chooseProver}). */
  prover?: ProverKind
  /** Bytes of the largest witness program that the native prover will be given; default 0. */
  programBytes?: number
  /** MiB of multiples of the key's points that the native prover may keep, which take seconds to make; default 64. */
  tableMb?: number
  /** Starts its process; default: {@link startLimited}. A caller with more isolation brings its own, and its errors pass through. */
  startProgram?: typeof startLimited
  /** Path of an ES module that proves in snarkjs' place and as it does (`curves.getCurveFromName`, `groth16.prove`). */
  proverModule?: string
}

/** A prover whose key stays in memory between proofs. */
export type ResidentProver = {
  kind: ProverKind
  /** MiB its process may use beyond a bare Node process of as many threads. */
  memoryMb: number
  /** Id of its process; undefined while it has none. */
  pid: () => number | undefined
  /**
   * As `prove`: one proof at a time, in the order of the calls; also throws ProverCrashedError and ProverClosedError. Only the native
   * prover takes a program, which it keeps until another comes; an input that its model does not take is a ProvingFailedError.
   */
  prove: (source: ProofSource, signal?: AbortSignal) => Promise<ProvenSignals>
  /** Ends its process and refuses all that comes or waits. */
  close: () => Promise<void>
}

/**
 * Starts a prover that keeps one key (node only): a limited process that runs the native prover, or snarkjs (GPL-3.0) as a separate
 * program, reads the key once and answers one witness after the other over its pipes, without files. It is killed when it takes more
 * memory than its model's bound or more time than a proof may take. Every proof is verified before it is handed out, and the whole
 * key is checked before the first: by the native prover itself, or here, before snarkjs is started.
 * @param signal closes the prover for good
 * @throws ZkeyInvalidError, BinFileInvalidError, VerificationKey…Error: the key is damaged or forged (`checkZkey`)
 * @throws {@link ProverCrashedError}, LimitExceededError: its process does not start
 * @throws NativeProverMissingError it was asked for and is not there; ProverUnfitError: only that one knows the key's domain
 */
export async function startResidentProver(
  {
    zkeyPath,
    limits,
    idleSeconds = 300,
    prover,
    tableMb = 64,
    programBytes = 0,
    startProgram = startLimited,
    proverModule,
  }: ResidentProverOptions,
  signal?: AbortSignal,
): Promise<ResidentProver> {
  const choice = await chooseProver(proverModule === undefined ? prover : 'snarkjs')
  const isNative = choice.kind === 'native'
  const header = isNative ? withFileReader(zkeyPath, readZkeyHeader) : await checkZkey(zkeyPath, signal)
  signal?.throwIfAborted()
  checkProverFits({ zkeyPath, header }, choice.kind)
  const allowed = proveLimitsOf({ header, kind: choice.kind, tableMb, programBytes }, limits)
  const program = programOf(choice, { zkeyPath, proverModule, tableMb, threads: allowed.threads })
  let session: ProverSession | undefined
  let closed: { reason: unknown } | undefined
  let idle: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()

  const end = () => {
    clearTimeout(idle)
    session?.child.stop()
    session = undefined
  }
  const open = async () => {
    if (closed !== undefined) throw closed.reason
    if (session === undefined || session.hasEnded()) {
      session = await startProverSession({
        ...program,
        readable: [resolve(zkeyPath)],
        limits: allowed,
        startProgram,
        crashed: (reason, cause) => new ProverCrashedError({ zkeyPath, reason }, { cause }),
        refused: ({ error, kind }) =>
          kind === 'key'
            ? new ZkeyInvalidError({ zkeyPath, fact: error })
            : new ProverCrashedError({ zkeyPath, reason: error }),
      })
    }
    const current = session
    // It may have been closed while its process was being made.
    if (closed !== undefined) end()
    await current.ready
    return current
  }
  const close = (reason: unknown) => {
    closed ??= { reason }
    const child = session?.child
    end()
    return child?.ended.then(
      () => {},
      () => {},
    )
  }
  const abort = () => close(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })

  const proveNext = async (source: ProofSource, request: Uint8Array, caller?: AbortSignal): Promise<ProvenSignals> => {
    caller?.throwIfAborted()
    clearTimeout(idle)
    try {
      const current = await open()
      if (isProgram(source)) await loadProgram(current, { zkeyPath, program: source.program }, caller)
      const answer = await current.ask(request, caller)
      const claim = claimOf({ zkeyPath, header }, source)
      if (isNative) return acceptNativeProof(claim, answer)
      if (answer.error !== undefined)
        throw new ProvingFailedError({ zkeyPath, reason: `the prover said: ${answer.error}` })
      return await acceptProof(claim, answer)
    } catch (error) {
      if (closed !== undefined) throw closed.reason
      throw error
    } finally {
      // A timer alone must not keep its owner's process alive.
      idle = setTimeout(end, idleSeconds * 1000).unref()
    }
  }

  try {
    await open()
  } catch (error) {
    end()
    signal?.removeEventListener('abort', abort)
    signal?.throwIfAborted()
    throw error
  }
  idle = setTimeout(end, idleSeconds * 1000).unref()
  return {
    kind: choice.kind,
    memoryMb: allowed.memoryMb,
    pid: () => (session?.hasEnded() === false ? session.child.pid : undefined),
    prove: async (source, caller) => {
      if (!isProgram(source)) checkWitnessLength({ zkeyPath, header, witness: source })
      else if (!isNative) throw new ProvingFailedError({ zkeyPath, reason: 'snarkjs takes a witness and no program' })
      const request = isProgram(source) ? inputRequest(source) : encodeWitness(source)
      const turn = last.then(() => proveNext(source, request, caller))
      last = turn.catch(() => {})
      return turn
    },
    close: async () => {
      signal?.removeEventListener('abort', abort)
      await close(new ProverClosedError(zkeyPath))
    },
  }
}

/** The program that each process was given last. */
const loadedIn = new WeakMap<ProverSession, Uint8Array>()

/** Gives a process a witness program unless it has it already. @throws ProvingFailedError it is damaged or of another circuit */
async function loadProgram(
  session: ProverSession,
  { zkeyPath, program }: { zkeyPath: string; program: Uint8Array },
  signal?: AbortSignal,
): Promise<void> {
  const loaded = loadedIn.get(session)
  if (loaded !== undefined && Buffer.compare(loaded, program) === 0) return
  const { loaded: isLoaded, error = 'it answered something else' } = await session.ask(program, signal)
  if (isLoaded !== true) throw new ProvingFailedError({ zkeyPath, reason: `the prover said: ${error}` })
  loadedIn.set(session, program)
}

/** An input for the program that was loaded, as the native prover tells it from other requests. */
function inputRequest(input: WitnessInput): Uint8Array {
  return Buffer.concat([Buffer.from('wtni'), encodeProgramInput(input)])
}

type Program = { command: string; args: string[] }

function programOf(
  choice: ProverChoice,
  options: { zkeyPath: string; proverModule: string | undefined; tableMb: number; threads: number },
): Program {
  const { zkeyPath, proverModule = snarkjsPaths().module, tableMb, threads } = options
  if (choice.kind === 'native') {
    return { command: choice.program, args: ['serve', resolve(zkeyPath), String(threads), String(Math.floor(tableMb))] }
  }
  const program = fileURLToPath(new URL('./residentProverProgram.ts', import.meta.url))
  const args = [`--import=${processorsModule(threads)}`, program, resolve(proverModule), resolve(zkeyPath)]
  return { command: process.execPath, args }
}
