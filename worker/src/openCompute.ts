import { type ComputeParts, createComputeTimes } from './computeAnswer.ts'
import type { Checks } from './createChecks.ts'
import { createHotPool, type HotCounts } from './hotPool.ts'
import { createProverPool, type ProverSettings } from './proverPool.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
import type { ResidentProgram } from './sandbox/residentProgram.ts'
import type { LimitCaps } from './sandbox/sandboxLimits.ts'

/** What computes and proves on this machine, with its processes. */
export type Compute = ComputeParts & {
  /** How the processes stand that have loaded a model, and those that have loaded a key. */
  processes: () => { inference: HotCounts; prover: HotCounts }
  /** Ends them. */
  close: () => Promise<void>
}

/**
 * Makes what computes and proves, in the sandbox.
 * @param parts `jobs` that are worked on at the same time
 */
export async function openCompute(
  { sandbox, checks, caps, jobs }: { sandbox: Sandbox; checks: Checks; caps: LimitCaps; jobs: number },
  settings: { prover: ProverSettings; sandbox: { warmProcesses: number } },
): Promise<Compute> {
  const inference = createHotPool<ResidentProgram>({ kept: settings.sandbox.warmProcesses })
  sandbox.onPressure(inference.dropIdle)
  const prover = await createProverPool({ sandbox, caps, jobs }, settings.prover)
  return {
    ...{ sandbox, inference, prover, checks, caps },
    times: createComputeTimes(),
    processes: () => ({ inference: inference.counts(), prover: prover.counts() }),
    close: async () => {
      await Promise.all([inference.close(), prover.close()])
    },
  }
}
