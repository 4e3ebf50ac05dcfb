import { resolve } from 'node:path'
import type { DomainKind } from './domain.ts'
import { runLimited } from './limitedProcess.ts'
import type { Phase1Source } from './phase1.ts'
import { type SnarkjsLimits, threadsOf } from './runSnarkjs.ts'

// snarkjs hashes a circuit on a larger domain by pieces of so many points and reads beyond the last.
const piecePoints = 2 ** 14

/** Whether the native program derives a circuit's first key as snarkjs does: not where that reads beyond the phase-1 file's powers. */
export function derivesNatively({ domainSize, power }: { domainSize: number; power: number }): boolean {
  return domainSize <= piecePoints || domainSize < 2 ** power
}

/** What {@link runNativeSetup} is told. */
export type NativeSetup = {
  program: string
  /** `first-key` writes the key at `zkeyPath`; `check-setup` compares the one there */
  command: 'first-key' | 'check-setup'
  /** a file in `cwd` */
  r1cs: string
  phase1: Phase1Source
  zkeyPath: string
  domain: DomainKind
  cwd: string
  outputBytes: number
  limits: SnarkjsLimits
}

/**
 * Runs a command of the native program on a circuit and a phase-1 file (node only).
 * @throws ProcessFailedError with its words, LimitExceededError, or the signal's reason
 */
export async function runNativeSetup(
  { program, command, r1cs, phase1, zkeyPath, domain, cwd, outputBytes, limits }: NativeSetup,
  signal?: AbortSignal,
): Promise<void> {
  const threads = threadsOf(limits)
  const { memoryMb, wallSeconds } = limits
  await runLimited(
    {
      command: program,
      args: [command, r1cs, resolve(phase1.path), resolve(zkeyPath), domain, String(threads)],
      cwd,
      limits: { memoryMb, wallSeconds, cpuSeconds: wallSeconds * threads, outputBytes, threads },
    },
    signal,
  )
}
