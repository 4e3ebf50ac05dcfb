import { readlinkSync } from 'node:fs'
import type { Isolation } from './launcher.ts'
import { SandboxFailedError, SandboxViolationError, type ViolationKind } from './sandboxErrors.ts'
import { defaultLimits } from './sandboxLimits.ts'
import { type SandboxRun, startSandboxProcess } from './sandboxProcess.ts'

const limits = { ...defaultLimits, memoryMb: 48, cpuSeconds: 10, wallSeconds: 20, processes: 24 }

const memoryAttack = 'const a = []; for (;;) a.push(Buffer.alloc(1 << 22, 1))'
const networkAttack = `const s = require('node:dgram').createSocket('udp4')
  s.on('error', () => process.exit(1)); s.connect(9, '127.0.0.1', (e) => process.exit(e ? 1 : 0))`
const forkAttack = 'i=0; while [ $i -lt 100 ]; do sleep 60 & i=$((i + 1)); done; wait'
// Says what it could do that it must not. Signal 0 asks whether a process is there and does nothing to it. In a namespace of its own a
// number is one of its own processes: a worker that is number 1 of a container is not meant by it.
const escapeAttack = `const fs = require('node:fs')
  const could = (what, work) => { try { work(); process.stdout.write(what + ', ') } catch {} }
  const [pid, canary, namespace] = process.argv.slice(1)
  const isOwn = fs.readlinkSync('/proc/self/ns/pid') !== namespace
  if (process.getuid() === 0) process.stdout.write('be root, ')
  could('read /etc', () => fs.readFileSync('/etc/passwd'))
  could("read the worker's files", () => fs.readFileSync(canary))
  if (!isOwn) could("read the worker's environment", () => fs.readFileSync('/proc/' + pid + '/environ'))
  if (!isOwn) could('signal the worker', () => process.kill(Number(pid), 0))
  for (const folder of ['/', '/usr/bin', '/dev/shm']) could('write to ' + folder, () => fs.writeFileSync(folder + '/escape', ''))
  const held = fs.readFileSync('/proc/self/status', 'utf8').match(/^CapEff:.*?([1-9a-f])/m)
  if (held) process.stdout.write('use capabilities, ')`

/**
 * Attacks a rung of the ladder: memory always, and where it claims namespaces or a cgroup, network, escape and a fork bomb as well.
 * @param canary a file that computations must not be able to read
 * @returns what did not hold, in words; empty when the rung does what it says
 */
export async function probeRung(isolation: Isolation, canary: string): Promise<string[]> {
  const { rung, filters } = isolation
  const node = (source: string, ...args: string[]): SandboxRun => {
    return { command: process.execPath, args: ['-e', source, ...args], readable: [], limits }
  }
  const shell: SandboxRun = { command: '/bin/sh', args: ['-c', forkAttack], readable: [], limits }
  const probes = [expectViolation(isolation, { run: node(memoryAttack), kind: 'memory', counted: rung === 'isolated' })]
  if (rung !== 'limited') {
    const network = { run: node(networkAttack), kind: 'network', counted: false } as const
    probes.push(
      filters === undefined
        ? expectFailure(isolation, { what: 'the network', run: network.run })
        : expectViolation(isolation, network),
    )
    if (filters !== undefined && rung !== 'isolated') {
      probes.push(expectFailure(isolation, { what: 'new processes', run: shell }))
    }
    probes.push(
      expectSilence(isolation, node(escapeAttack, String(process.pid), canary, readlinkSync('/proc/self/ns/pid'))),
    )
  }
  if (rung === 'isolated') {
    probes.push(expectViolation(isolation, { run: shell, kind: 'processes', counted: true }))
  }
  const found = await Promise.all(probes)
  return found.filter((reason) => reason !== undefined)
}

async function outcomeOf(isolation: Isolation, run: SandboxRun): Promise<Uint8Array | Error> {
  try {
    const started = await startSandboxProcess(run, isolation)
    started.stdin.end()
    return await started.result
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function expectViolation(
  isolation: Isolation,
  { run, kind, counted }: { run: SandboxRun; kind: ViolationKind; counted: boolean },
): Promise<string | undefined> {
  const outcome = await outcomeOf(isolation, run)
  const holds =
    outcome instanceof SandboxViolationError &&
    outcome.kind === kind &&
    (!counted || outcome.evidence.counter.startsWith('cgroup'))
  if (holds) return undefined
  return `an attack on ${kind} was not stopped as one (${outcome instanceof Error ? outcome.message : 'it went through'})`
}

async function expectFailure(
  isolation: Isolation,
  { what, run }: { what: string; run: SandboxRun },
): Promise<string | undefined> {
  const outcome = await outcomeOf(isolation, run)
  if (outcome instanceof SandboxFailedError) return undefined
  return `${what} went on (${outcome instanceof Error ? outcome.message : 'it went through'})`
}

async function expectSilence(isolation: Isolation, run: SandboxRun): Promise<string | undefined> {
  const outcome = await outcomeOf(isolation, run)
  if (outcome instanceof Error) return outcome.message
  const could = Buffer.from(outcome).toString().replace(/, $/, '')
  return could === '' ? undefined : `a computation could ${could}`
}
