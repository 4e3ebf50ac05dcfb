import { scalarOrder } from './field.ts'
import { startLimited } from './limitedProcess.ts'
import { encodeProofBytes, type Proof } from './proof.ts'
import { type ProverSession, startProverSession } from './proverSession.ts'
import { encodeVerificationKey, type VerificationKey } from './verificationKey.ts'

/** The native program could not say whether a proof holds. {@link verify} in `verify.ts` can. */
export class NativeVerifierError extends Error {
  override readonly name = 'NativeVerifierError'
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(`The native verifier gave no answer: ${reason.replace(/\.$/, '')}; verify without it.`, options)
    this.reason = reason
  }
}

/** Verifies proofs in a process of the native program, which reads nothing but what it is asked. */
export type NativeVerifier = {
  /**
   * As `verify`, one proof at a time in the order of the calls; a process that has ended is replaced.
   * It throws {@link NativeVerifierError}, of a key that proves nothing too.
   */
  verify: (key: VerificationKey, signals: readonly bigint[], proof: Proof) => Promise<boolean>
  /** Ends its process. */
  close: () => Promise<void>
}

const limits = { memoryMb: 64, wallSeconds: 60, threads: 1 }
const wordBytes = 32

/**
 * Makes a verifier (node only), whose process begins with the first proof and knows the last 16 keys.
 * @param program path of the native program, as `chooseProver` gives it
 */
export function createNativeVerifier(program: string): NativeVerifier {
  let session: ProverSession | undefined
  let last: Promise<unknown> = Promise.resolve()

  async function ask(request: Uint8Array): Promise<boolean> {
    if (session === undefined || session.hasEnded()) {
      session = await startProverSession({
        command: program,
        args: ['verify'],
        readable: [],
        limits,
        startProgram: startLimited,
        crashed: (reason, cause) => new NativeVerifierError(reason, { cause }),
        refused: ({ error }) => new NativeVerifierError(error),
      })
    }
    await session.ready
    const { verifies, error = 'it answered something else' } = await session.ask(request)
    if (typeof verifies === 'boolean') return verifies
    throw new NativeVerifierError(error)
  }

  return {
    verify: async (key, signals, proof) => {
      const isField = signals.every((signal) => signal >= 0n && signal < scalarOrder)
      if (!isField || signals.length !== key.ic.length - 1) return false
      const words = signals.map((signal) => Buffer.from(signal.toString(16).padStart(2 * wordBytes, '0'), 'hex'))
      const request = Buffer.concat([encodeVerificationKey(key), ...words, encodeProofBytes(proof)])
      const answer = last.then(() => ask(request))
      last = answer.catch(() => {})
      return answer
    },
    close: async () => {
      await last
      session?.child.stop()
      await session?.child.ended.catch(() => {})
    },
  }
}
