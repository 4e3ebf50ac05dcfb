import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeEnd, type ProcessEnd } from './judgeEnd.ts'
import { SandboxFailedError, SandboxViolationError } from './sandboxErrors.ts'
import { defaultLimits } from './sandboxLimits.ts'

const limits = { ...defaultLimits, memoryMb: 64, cpuSeconds: 2 }
const calm = { memoryPeakBytes: 1000, oomKills: 0, cpuSeconds: 0.1, processesRefused: 0 }

const cases: [string, Omit<ProcessEnd, 'stderr'> & { stderr?: string }, string, string][] = [
  ['an oom kill', { killedBy: 'SIGKILL', counters: { ...calm, oomKills: 1 } }, 'memory', 'cgroup oom_kill'],
  ['a socket', { killedBy: 'SIGSYS', counters: calm }, 'network', 'seccomp signal'],
  [
    'a refused process',
    { exitCode: 1, counters: { ...calm, processesRefused: 3 } },
    'processes',
    'cgroup pids.events max',
  ],
  ['SIGXCPU', { killedBy: 'SIGXCPU' }, 'cpu', 'RLIMIT_CPU signal'],
  [
    'time of all processes together',
    { killedBy: 'SIGKILL', counters: { ...calm, cpuSeconds: 2.1 } },
    'cpu',
    'cgroup cpu seconds',
  ],
  ['SIGXFSZ', { killedBy: 'SIGXFSZ' }, 'files', 'RLIMIT_FSIZE signal'],
  ['a full scratch directory', { exitCode: 1, stderr: 'Error: ENOSPC: no space left' }, 'files', 'stderr'],
  [
    'a full heap',
    { killedBy: 'SIGTRAP', stderr: 'JavaScript heap out of memory', counters: { ...calm, memoryPeakBytes: 80e6 } },
    'memory',
    'cgroup peak bytes',
  ],
  ['a heap without a cgroup', { killedBy: 'SIGABRT', stderr: 'JavaScript heap out of memory' }, 'memory', 'stderr'],
  [
    'this side',
    { killedBy: 'SIGKILL', stopped: { kind: 'wall', evidence: { counter: 'clock', value: 5 } } },
    'wall',
    'clock',
  ],
]

for (const [what, end, kind, counter] of cases) {
  test(`behavior: S0-SBX-1 ${what} is a violation of ${kind}, proved by ${counter}`, () => {
    const error = judgeEnd({ stderr: '', ...end }, limits)

    assert.ok(error instanceof SandboxViolationError)
    assert.deepEqual([error.kind, error.evidence.counter], [kind, counter])
  })
}

test('behavior: an end with code 0 is good, whatever was counted', () => {
  const counters = { ...calm, processesRefused: 1 }

  assert.equal(judgeEnd({ exitCode: 0, stderr: 'out of memory', counters }, limits), undefined)
})

test('error: any other end is a failure of the program', () => {
  const error = judgeEnd({ exitCode: 3, stderr: 'Error: the disk is blue.\n', counters: calm }, limits)

  assert.ok(error instanceof SandboxFailedError)
  assert.equal(error.message, 'The computation ended with exit code 3: Error: the disk is blue.')
})
