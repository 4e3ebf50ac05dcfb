import { fileURLToPath } from 'node:url'
import { chooseProver } from '@assay/circuits/chooseProver'
import type { GraphSignals } from '@assay/circuits/intervals'
import { createNativeVerifier, type NativeVerifier } from '@assay/circuits/nativeVerifier'
import type { VerifyProof } from '@assay/circuits/prove'
import type { Hex } from 'viem'
import workerpool from 'workerpool'

/** What an order says of its input, or why the bytes are none for the model. */
export type InputFacts = { commitment: bigint; root: Hex } | { outOfRange: string }

/**
 * What takes long to check, done in a thread of its own: the daemon answers, renews and signs meanwhile. Proofs are verified by a
 * process of the native program where it is built, in a fortieth of the time.
 */
export type Checks = {
  /** Whether a proof holds; errors of the key become plain ones. */
  verifyProof: (...asked: Parameters<VerifyProof>) => Promise<boolean>
  /** Poseidon commitment and keccak root of an input tensor's bytes. */
  readInput: (bytes: Uint8Array, layout: GraphSignals['input']) => Promise<InputFacts>
  /** Ends the thread and the process; what it had not finished fails. */
  close: () => Promise<void>
}

/** MiB of objects that the thread keeps before it collects, and at most. */
const youngMb = 4
const heapMb = 96

/** Makes thread and process, which begin with the first check. */
export function createChecks(): Checks {
  const pool = workerpool.pool(fileURLToPath(new URL('./checksProgram.ts', import.meta.url)), {
    workerType: 'thread',
    maxWorkers: 1,
    workerThreadOpts: { resourceLimits: { maxYoungGenerationSizeMb: youngMb, maxOldGenerationSizeMb: heapMb } },
  })
  let native: Promise<NativeVerifier | undefined> | undefined

  async function openNative(): Promise<NativeVerifier | undefined> {
    const choice = await chooseProver()
    return choice.kind === 'native' ? createNativeVerifier(choice.program) : undefined
  }

  return {
    verifyProof: async (...asked) => {
      native ??= openNative()
      // Where it gives no answer, the thread does, or says what is wrong with the key.
      const answer = await (await native)?.verify(...asked).catch(() => undefined)
      return answer ?? (await pool.exec('verifyProof', asked)) === true
    },
    // The program's function of this name gives nothing else.
    readInput: async (bytes, layout) => (await pool.exec('readInput', [bytes, layout])) as InputFacts,
    close: async () => {
      await (await native)?.close()
      await pool.terminate(true)
    },
  }
}
