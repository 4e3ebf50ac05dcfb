import { estimateProof, proofSizeOf } from '@assay/circuits/estimateProof'
import type { Hex } from 'viem'
import type { ExecutorReport } from './executorMessages.ts'
import { JobRefusedError, RetryableError } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'

/** Keeps the worker from taking on more than its executors deliver in time. */
export type Capacity = {
  /**
   * Takes a place for a job, for the time until it is given back with the function that is returned.
   * @throws RetryableError (`no-capacity`) when no executor can have the job in time now, JobRefusedError (`deadline-infeasible`) when
   * none ever could
   */
  reserve: (job: { jobId: Hex; proveSeconds: number }, model: Pick<LoadedModel, 'modelId' | 'manifest'>) => () => void
}

/** Time that is left for the unforeseen and for handing in, as a factor on what was measured. */
const margin = 1.5

/**
 * Makes the account of places.
 * @param parts.executors what the executors that are there now say of themselves
 * @param parts.claimed claimed jobs that have no answer yet
 */
export function createCapacity(parts: {
  executors: () => readonly ExecutorReport[]
  claimed: () => readonly Hex[]
}): Capacity {
  const reserved = new Set<Hex>()

  return {
    reserve: ({ jobId, proveSeconds }, { modelId, manifest }) => {
      const { limits, files } = manifest
      const able = parts
        .executors()
        .filter(
          ({ memoryMb, wallSeconds, maxModelBytes }) =>
            limits.memoryMb <= memoryMb &&
            limits.wallSeconds <= wallSeconds &&
            files.graph.bytes + files.zkey.bytes <= maxModelBytes,
        )
      const slots = able.reduce((sum, report) => sum + report.slots, 0)
      if (slots === 0) {
        const detail = `No executor that is there can have model ${modelId}: it takes ${limits.memoryMb} MB and ${limits.wallSeconds} s.`
        throw new RetryableError({ reason: 'no-capacity', detail })
      }
      const size = proofSizeOf(manifest.constraints)
      // Until a job of the model was measured there, what the prover has to be started for and make is estimated.
      const expected = ({ computeMs, prover }: ExecutorReport) =>
        computeMs[modelId] ?? (prover === undefined ? 0 : estimateProof(size, prover).coldMs)
      const slowestMs = Math.max(0, ...able.map(expected))
      const ahead = [...new Set([...reserved, ...parts.claimed()])].filter((id) => id !== jobId).length
      const rounds = Math.floor(ahead / slots) + 1
      const neededSeconds = (ms: number) => Math.ceil((ms * margin) / 1000)
      if (neededSeconds(slowestMs) > proveSeconds) {
        const detail = `The order gives ${proveSeconds} s to prove; model ${modelId} takes ${Math.ceil(slowestMs / 1000)} s here.`
        throw new JobRefusedError({ reason: 'deadline-infeasible', detail })
      }
      if (neededSeconds(rounds * slowestMs) > proveSeconds) {
        const detail = `${ahead} jobs are ahead on ${slots} places; this one would not be proved within the ${proveSeconds} s that it gives.`
        throw new RetryableError({ reason: 'no-capacity', detail })
      }
      reserved.add(jobId)
      return () => void reserved.delete(jobId)
    },
  }
}
