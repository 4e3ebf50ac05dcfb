import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { chooseProver } from '@assay/circuits/chooseProver'
import { devSetup } from '@assay/circuits/devSetup'
import type { LimitedRun } from '@assay/circuits/limitedProcess'
import { prove } from '@assay/circuits/prove'
import { productCircuit } from '@assay/circuits/sampleCircuits'
import { verify } from '@assay/circuits/verify'
import { createSandbox, type Sandbox } from './createSandbox.ts'
import { runProver } from './runProver.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-run-prover-'))
const { r1cs, witness } = productCircuit({ x: 5n, y: 7n, binding: 99n })
const signal = new AbortController().signal
const zkeyPath = join(folder, 'product.zkey')
const caps = { memoryMb: 2048, wallSeconds: 120 }
let sandbox: Sandbox
let key: Awaited<ReturnType<typeof devSetup>>['verificationKey']

before(async () => {
  const made = await devSetup(r1cs, { threads: 1 })
  key = made.verificationKey
  writeFileSync(zkeyPath, made.zkey)
  sandbox = await createSandbox({ directory: join(folder, 'sandbox') })
})
after(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

const { kind, detail } = await chooseProver()
const provers = [
  { prover: 'snarkjs', skip: false },
  { prover: 'native', skip: kind === 'native' ? false : detail },
] as const

describe('runProver', () => {
  for (const { prover, skip } of provers) {
    const runProgram = (run: LimitedRun) => runProver({ sandbox, caps }, { run, signal })
    const parts = { zkeyPath, prover, limits: { threads: 2 }, runProgram }

    it(`behavior: ${prover} proves in the sandbox (S0-SBX-1)`, { skip }, async () => {
      const { proof, signals } = await prove({ ...parts, witness })

      assert.deepEqual(signals, [35n, 99n])
      assert.equal(verify(key, signals, proof), true)
    })

    it(`soundness: ${prover} in the sandbox gives no proof of a broken constraint`, { skip }, async () => {
      const proving = prove({
        ...parts,
        witness: witness.with(1, 36n),
      })

      await assert.rejects(proving, { name: 'ProvingFailedError', reason: /does not verify/ })
    })
  }
})
