import { join } from 'node:path'
import { chooseProver } from '@assay/circuits/chooseProver'
import type { ComputeParts } from './computeAnswer.ts'
import { openComputeTimes } from './computeTimes.ts'
import type { Checks } from './createChecks.ts'
import { createHotPool, type HotCounts } from './hotPool.ts'
import { createProverPool, type ProverSettings, proverPlan } from './proverPool.ts'
import type { InferenceProcess } from './runInference.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
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
  settings: { dataDir: string; prover: ProverSettings; sandbox: { warmProcesses: number } },
): Promise<Compute> {
  const inference = createHotPool<InferenceProcess>({ kept: settings.sandbox.warmProcesses })
  sandbox.onPressure(inference.dropIdle)
  const { kind } = await chooseProver()
  const plan = proverPlan(settings.prover, { jobs })
  const times = openComputeTimes({ kind, threads: plan.threads, path: join(settings.dataDir, 'compute-times.json') })
  const prover = createProverPool({ sandbox, caps, kind, onProof: times.noteProof }, { ...settings.prover, ...plan })
  return {
    ...{ sandbox, inference, prover, proverKind: kind, checks, caps, times },
    processes: () => ({ inference: inference.counts(), prover: prover.counts() }),
    close: async () => {
      await Promise.all([inference.close(), prover.close()])
      times.flush()
    },
  }
}
