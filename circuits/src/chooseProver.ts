import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The programs that make proofs: ours in Rust where it was built (`npm run build:native`), and snarkjs everywhere. */
export type ProverKind = 'native' | 'snarkjs'

/** The prover that is used, and one sentence about it for whoever operates it. */
export type ProverChoice = { kind: 'snarkjs'; detail: string } | { kind: 'native'; program: string; detail: string }

/** The native prover was asked for and does not run here. */
export class NativeProverMissingError extends Error {
  override readonly name = 'NativeProverMissingError'
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `The native prover cannot be used: ${reason}. Build it with \`npm run build:native\`, or use snarkjs.`,
      options,
    )
    this.reason = reason
  }
}

/** Where `npm run build:native` leaves the program. */
export const nativeProgram = fileURLToPath(new URL('../native/target/release/assay-prover', import.meta.url))

// What it says of itself; another version may speak otherwise.
const version = 'assay-prover 0.4.0'
const probeMs = 30_000

let probe: Promise<NativeProverMissingError | undefined> | undefined

/**
 * Chooses the native prover where it was built and starts, and snarkjs otherwise (node only). The program is tried once.
 * @param wanted leaves no choice
 * @throws {@link NativeProverMissingError} `native` is wanted and not there
 */
export async function chooseProver(wanted?: ProverKind): Promise<ProverChoice> {
  if (wanted === 'snarkjs') return { kind: 'snarkjs', detail: 'snarkjs, as was asked for' }
  probe ??= probeNative()
  const missing = await probe
  if (missing === undefined) return { kind: 'native', program: nativeProgram, detail: `native (${version})` }
  if (wanted === 'native') throw missing
  const detail = `snarkjs; a native prover is some 8 times faster, but ${missing.reason} (npm run build:native)`
  return { kind: 'snarkjs', detail }
}

async function probeNative(): Promise<NativeProverMissingError | undefined> {
  try {
    const { stdout } = await promisify(execFile)(nativeProgram, ['--version'], { env: {}, timeout: probeMs })
    const said = stdout.trim()
    return said === version ? undefined : new NativeProverMissingError(`it is "${said}" and not "${version}"`)
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    // Built for another processor, say, or for another system.
    return new NativeProverMissingError(isMissing ? 'it is not built' : 'it does not start on this machine', { cause })
  }
}
