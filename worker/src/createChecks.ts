import { fileURLToPath } from 'node:url'
import type { GraphSignals } from '@assay/circuits/intervals'
import type { VerifyProof } from '@assay/circuits/prove'
import type { Hex } from 'viem'
import workerpool from 'workerpool'

/** What an order says of its input, or why the bytes are none for the model. */
export type InputFacts = { commitment: bigint; root: Hex } | { outOfRange: string }

/** What takes long to check, done in a thread of its own: the daemon answers, renews and signs meanwhile. */
export type Checks = {
  /** Whether a proof holds; errors of the key become plain ones. */
  verifyProof: (...asked: Parameters<VerifyProof>) => Promise<boolean>
  /** Poseidon commitment and keccak root of an input tensor's bytes. */
  readInput: (bytes: Uint8Array, layout: GraphSignals['input']) => Promise<InputFacts>
  /** Ends the thread; what it had not finished fails. */
  close: () => Promise<void>
}

/** MiB of objects that the thread keeps before it collects, and at most. */
const youngMb = 4
const heapMb = 96

/** Makes the thread, which begins with the first check. */
export function createChecks(): Checks {
  const pool = workerpool.pool(fileURLToPath(new URL('./checksProgram.ts', import.meta.url)), {
    workerType: 'thread',
    maxWorkers: 1,
    workerThreadOpts: { resourceLimits: { maxYoungGenerationSizeMb: youngMb, maxOldGenerationSizeMb: heapMb } },
  })
  return {
    verifyProof: async (...asked) => (await pool.exec('verifyProof', asked)) === true,
    // The program's function of this name gives nothing else.
    readInput: async (bytes, layout) => (await pool.exec('readInput', [bytes, layout])) as InputFacts,
    close: async () => {
      await pool.terminate(true)
    },
  }
}
