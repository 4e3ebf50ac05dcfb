import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createSandbox, type Sandbox } from '@assay/worker/sandbox/createSandbox'
import {
  IsolationUnavailableError,
  type Rung,
  SandboxFailedError,
  SandboxViolationError,
} from '@assay/worker/sandbox/sandboxErrors'
import { defaultLimits } from '@assay/worker/sandbox/sandboxLimits'
import { type Attack, attacks } from './attacks.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-rungs-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const keyFile = join(folder, 'worker.key')
writeFileSync(keyFile, 'secret', { mode: 0o600 })
// Nothing listens there: below the top rung it is enough that an attack fails.
const aims = [String(process.pid), '9', keyFile, `assay-nobody-${process.pid}`]
const limits = { ...defaultLimits, memoryMb: 96, cpuSeconds: 20, wallSeconds: 40, outputBytes: 8 << 20 }
const never = new AbortController().signal

async function reach(rung: Rung): Promise<Sandbox | string> {
  try {
    return await createSandbox({ directory: folder, requireIsolation: rung, upTo: rung })
  } catch (error) {
    if (error instanceof IsolationUnavailableError) return error.message
    throw error
  }
}

async function outcomeOf(sandbox: Sandbox, { source, shell, limits: own }: Attack): Promise<unknown> {
  const program =
    shell === undefined
      ? { command: process.execPath, args: ['-e', source ?? '', ...aims] }
      : { command: '/bin/sh', args: ['-c', shell] }
  try {
    const job = { ...program, readable: [], limits: { ...limits, ...own }, input: new Uint8Array() }
    return await sandbox.run(job, never)
  } catch (error) {
    return error
  }
}

async function suite(rung: Rung, chosen: readonly Attack[]): Promise<void> {
  const sandbox = await reach(rung)
  const skip = typeof sandbox === 'string' ? sandbox : false
  if (skip !== false) console.log(`The attacks on the rung ${rung} are skipped: ${skip}`)
  describe(`sandbox, rung ${rung}`, { skip }, () => {
    if (typeof sandbox === 'string') return
    after(() => sandbox.close())
    for (const attack of chosen) {
      const label = attack.withoutCgroup ?? attack.label
      it(`behavior: ${attack.requirement} ${attack.what} is stopped as ${label} at the rung ${rung}`, async () => {
        const outcome = await outcomeOf(sandbox, attack)

        if (label === 'denied') assert.ok(outcome instanceof SandboxFailedError, String(outcome))
        else assert.ok(outcome instanceof SandboxViolationError && outcome.kind === label, String(outcome))
      })
    }
  })
}

await suite('namespaced', attacks)
await suite(
  'limited',
  attacks.filter(({ limitsDo }) => limitsDo === true),
)
