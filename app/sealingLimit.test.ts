import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { maxBrowserKeyBytes, maxBrowserPhase1Power } from './prover/limits.ts'
import { sealingLimit } from './sealingLimit.ts'

const small = { bytes: 1000 }
const fitting = {
  manifest: {},
  files: { onnx: small, graph: small, zkey: { bytes: maxBrowserKeyBytes } },
  phase1: { name: 'local', power: maxBrowserPhase1Power, blake2b: 'ab'.repeat(64) },
}

describe('sealingLimit', () => {
  it('behavior: what a browser just handles is sealed in it', () => {
    assert.equal(sealingLimit(fitting), undefined)
  })

  it('error: a larger key or model, a larger phase-1 file, and a key for the native program alone each get their sentence', () => {
    const large = { bytes: maxBrowserKeyBytes + 10_000 }
    const phase1 = { ...fitting.phase1, power: maxBrowserPhase1Power + 1 }

    assert.match(sealingLimit({ ...fitting, files: { ...fitting.files, zkey: large } }) ?? '', /has 32.01 MB/)
    assert.match(sealingLimit({ ...fitting, files: { ...fitting.files, onnx: large } }) ?? '', /has 32.01 MB/)
    assert.match(sealingLimit({ ...fitting, phase1 }) ?? '', /serves 2\^18 rows/)
    assert.match(sealingLimit({ ...fitting, manifest: { prover: 'native' } }) ?? '', /native program/)
  })
})
