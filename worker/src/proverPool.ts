import { availableParallelism } from 'node:os'
import type { ProverKind } from '@assay/circuits/chooseProver'
import type { ProofSize } from '@assay/circuits/estimateProof'
import { type LimitedChild, ProcessFailedError, type startLimited } from '@assay/circuits/limitedProcess'
import {
  isProgram,
  type ProofSource,
  type ProvenSignals,
  type ProveOptions,
  ProvingFailedError,
  prove,
  proveLimitsOf,
  readProvingKey,
} from '@assay/circuits/prove'
import { type ResidentProver, type ResidentProverOptions, startResidentProver } from '@assay/circuits/residentProver'
import type { VerificationKey } from '@assay/circuits/verificationKey'
import { createHotPool, type HotCounts } from './hotPool.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
import { runProver } from './sandbox/runProver.ts'
import { SandboxFailedError } from './sandbox/sandboxErrors.ts'
import { type LimitCaps, limitsUnder } from './sandbox/sandboxLimits.ts'

/** How proofs are made; in the configuration 0 leaves `processes` and `threads` to {@link proverPlan}. */
export type ProverSettings = { processes: number; threads: number; memoryMb: number; tableMb: number }

/** Makes proofs in the sandbox, several at a time, by processes that keep the keys that are in use. */
export type ProverPool = {
  /**
   * Makes one proof; an abort ends the process that makes it and no other.
   * It throws as `prove` and `startResidentProver` do, and the sandbox's errors.
   */
  prove: (
    asked: Pick<ProveOptions, 'zkeyPath' | 'verifyProof'> & { witness: ProofSource },
    signal: AbortSignal,
  ) => Promise<ProvenSignals>
  counts: () => HotCounts
  close: () => Promise<void>
}

const threadsAtMost = 4

/** How many proofs are made at the same time and by how many threads each: one alone gets the processors, many get one each. */
export function proverPlan(
  { processes, threads }: Pick<ProverSettings, 'processes' | 'threads'>,
  { jobs, processors = availableParallelism() }: { jobs: number; processors?: number },
): { processes: number; threads: number } {
  const share = Math.floor(processors / (processes || Math.min(jobs, processors)))
  const each = threads || Math.min(threadsAtMost, Math.max(1, share))
  return { threads: each, processes: processes || Math.max(1, Math.floor(processors / each)) }
}

/**
 * Makes the pool of one kind of prover. Native provers stay with their keys, up to `memoryMb` together; snarkjs, which reads strangers' keys less carefully
 * and takes several times the memory, is started for each proof.
 * @param parts `onProof` hears what each proof took whose key was in memory, in milliseconds
 */
export function createProverPool(
  {
    sandbox,
    caps,
    kind,
    onProof = () => {},
  }: { sandbox: Sandbox; caps: LimitCaps; kind: ProverKind; onProof?: (size: ProofSize, ms: number) => void },
  { processes, threads, memoryMb, tableMb }: ProverSettings,
): ProverPool {
  const pool = createHotPool<ResidentProver & { isAlive: () => boolean }>({ memoryMb, atOnce: processes })
  sandbox.onPressure(pool.dropIdle)
  const sizes = new Map<string, ProofSize & { memoryMb: number; key: VerificationKey }>()
  const { wallSeconds } = caps

  function sizeOf(zkeyPath: string, programBytes: number) {
    const name = `${zkeyPath} ${programBytes}`
    const known = sizes.get(name)
    if (known !== undefined) return known
    const header = readProvingKey(zkeyPath)
    const bound = proveLimitsOf({ header, kind, tableMb, programBytes }, { threads })
    const { wireCount, domainSize, alpha1, beta2, gamma2, delta2, ic } = header
    const key = { alpha1, beta2, gamma2, delta2, ic }
    const size = { key, wireCount, domainSize, memoryMb: Math.min(bound.memoryMb, caps.memoryMb) }
    sizes.set(name, size)
    return size
  }

  async function start({ zkeyPath, memoryMb }: { zkeyPath: string; memoryMb: number }, signal: AbortSignal) {
    let child: LimitedChild | undefined
    const options: ResidentProverOptions = {
      zkeyPath,
      prover: 'native',
      tableMb,
      limits: { memoryMb, wallSeconds, threads },
      // An idle one goes when others need its memory.
      idleSeconds: 3600,
      startProgram: async (run) => {
        child = await startInSandbox({ sandbox, caps }, { run, signal })
        return child
      },
    }
    const prover = await startResidentProver(options).catch(async (error: unknown) => {
      // Its memory is another's only when it is gone.
      await child?.ended.catch(() => {})
      throw error
    })
    return { ...prover, isAlive: () => prover.pid() !== undefined }
  }

  return {
    prove: async ({ zkeyPath, witness, verifyProof }, signal) => {
      if (kind === 'snarkjs') {
        if (isProgram(witness))
          throw new ProvingFailedError({ zkeyPath, reason: 'snarkjs takes a witness and no program' })
        const runProgram = (run: Parameters<typeof runProver>[1]['run']) =>
          runProver({ sandbox, caps }, { run, signal })
        const limits = { memoryMb: caps.memoryMb, wallSeconds, threads }
        return prove(
          { zkeyPath, witness, prover: kind, limits, runProgram, ...(verifyProof && { verifyProof }) },
          signal,
        )
      }
      const { memoryMb, key, ...size } = sizeOf(zkeyPath, isProgram(witness) ? witness.program.length : 0)
      const hot = { key: zkeyPath, memoryMb, start: (own: AbortSignal) => start({ zkeyPath, memoryMb }, own) }
      const made = await pool.use(
        hot,
        async (prover) => {
          const startedAt = performance.now()
          const proven = await prover.prove(witness, signal)
          onProof(size, performance.now() - startedAt)
          return proven
        },
        signal,
      )
      if (verifyProof === undefined || (await verifyProof(key, made.signals, made.proof))) return made
      throw new ProvingFailedError({ zkeyPath, reason: 'its proof does not verify with the key that was asked for' })
    },
    counts: pool.counts,
    close: pool.close,
  }
}

/** Starts a resident prover's program in the sandbox as `startLimited` does without one; what it may not do is the sandbox's error. */
async function startInSandbox(
  { sandbox, caps }: { sandbox: Sandbox; caps: LimitCaps },
  { run, signal }: { run: Parameters<typeof startLimited>[0]; signal: AbortSignal },
): Promise<LimitedChild> {
  const { command, args, readable = [], limits } = run
  const { threads = 0, cpuSeconds } = limits
  const startedAt = performance.now()
  const process = await sandbox.start(
    {
      command,
      args,
      readable,
      limits: { ...limitsUnder(caps, { ...limits, cores: Math.max(1, threads), threads }), cpuSeconds },
    },
    signal,
  )
  let received = 0
  process.stdout.on('data', ({ length }: Uint8Array) => {
    received += length
  })
  const ended = process.result.then(
    () => ({ stderr: '', wallMs: performance.now() - startedAt }),
    (cause: unknown) => {
      if (!(cause instanceof SandboxFailedError)) throw cause
      const { exitCode, killedBy, stderr } = cause
      throw new ProcessFailedError({ command, exitCode, killedBy, stdout: '', stderr }, { cause })
    },
  )
  ended.catch(() => {})
  const { pid, stdin, stdout } = process
  return {
    ...{ pid, stdin, stdout, ended },
    received: () => received,
    stop: (kind) => {
      if (kind === undefined) process.kill(new Error('The prover was stopped by its owner.'))
      else process.exceed(kind, { counter: 'limit watched by the worker', value: kind })
    },
  }
}
