import type { SandboxLimits } from './sandboxLimits.ts'

/** How much holds a computation: `isolated` is namespaces, seccomp, cgroup and rlimits; `namespaced` lacks the cgroup; `limited` is rlimits alone. */
export type Rung = 'limited' | 'namespaced' | 'isolated'

/** Rungs from the weakest to the strongest. */
export const rungs: readonly Rung[] = ['limited', 'namespaced', 'isolated']

/** What a computation did that it may not. */
export type ViolationKind = 'memory' | 'cpu' | 'wall' | 'output' | 'files' | 'processes' | 'network'

/** All kinds, for metrics that show a zero before the first. */
export const violationKinds: readonly ViolationKind[] = [
  'memory',
  'cpu',
  'wall',
  'output',
  'files',
  'processes',
  'network',
]

/** The counter behind a violation and what it stood at. `stderr` is the program's own word and proves nothing: it only names the kind. */
export type Evidence = { counter: string; value: number | string }

/** A computation ran into a limit or reached for what it must not; its whole process tree was killed. */
export class SandboxViolationError extends Error {
  override readonly name = 'SandboxViolationError'
  readonly kind: ViolationKind
  readonly evidence: Evidence
  readonly limits: SandboxLimits

  constructor({ kind, evidence, limits }: { kind: ViolationKind; evidence: Evidence; limits: SandboxLimits }) {
    const allowed = {
      memory: `${limits.memoryMb} MiB of memory`,
      cpu: `${limits.cpuSeconds} s of processor time`,
      wall: `${limits.wallSeconds} s on the clock`,
      output: `${limits.outputBytes} bytes of output`,
      files: `${limits.fileBytes} bytes of files`,
      processes: `${limits.processes} processes`,
      network: 'no network',
    }[kind]
    super(`The computation was stopped: it is allowed ${allowed} (${evidence.counter} ${evidence.value}).`)
    this.kind = kind
    this.evidence = evidence
    this.limits = limits
  }
}

/** A computation ended with an error of its own. */
export class SandboxFailedError extends Error {
  override readonly name = 'SandboxFailedError'
  readonly exitCode: number | undefined
  readonly killedBy: string | undefined
  readonly stderr: string

  constructor(facts: { exitCode?: number | undefined; killedBy?: string | undefined; stderr: string }) {
    const how = facts.killedBy === undefined ? `exit code ${facts.exitCode ?? 'none'}` : `signal ${facts.killedBy}`
    const said = tellingLine(facts.stderr)
    super(`The computation ended with ${how}${said === undefined ? '' : `: ${said}`}.`)
    this.exitCode = facts.exitCode
    this.killedBy = facts.killedBy
    this.stderr = facts.stderr
  }
}

/** The sandbox itself could not be set up; the computation never began, and may well run another time. */
export class SandboxSetupError extends Error {
  override readonly name = 'SandboxSetupError'
  readonly stderr: string

  constructor(stderr: string, options?: ErrorOptions) {
    super(`The sandbox could not be set up: ${stderr.trim().split('\n').at(-1) || 'no reason was given'}.`, options)
    this.stderr = stderr
  }
}

/** This machine does not reach the rung that the configuration asks for. */
export class IsolationUnavailableError extends Error {
  override readonly name = 'IsolationUnavailableError'
  readonly required: Rung
  readonly reasons: readonly string[]

  constructor({ required, reasons }: { required: Rung; reasons: readonly string[] }) {
    const why = reasons.map((reason) => reason.replace(/\.$/, '')).join('; ')
    super(
      `sandbox.requireIsolation is ${required} and this machine does not reach it (${why}): install bubblewrap, give the worker a cgroup of its own, or require less.`,
    )
    this.required = required
    this.reasons = reasons
  }
}

/** The line that says most of what went wrong: the last that names an error, or else the last. */
function tellingLine(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const line = lines.findLast((candidate) => /error/i.test(candidate)) ?? lines.at(-1)
  return line?.trim().replace(/\.$/, '').slice(0, 300)
}
