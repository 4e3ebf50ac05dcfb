import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { circuitCost } from './circuitCost.ts'
import { devSetup } from './devSetup.ts'
import { nativeProverTime, proverTime } from './proverTime.ts'
import { productCircuit, randomCircuit, seededRandom } from './sampleCircuits.ts'
import { encodeVerificationKey } from './verificationKey.ts'

/** Bytes of a development key's contributions: no key is without that section. */
const contributionBytes = 68

describe('circuitCost', () => {
  it('invariant: sizes of keys are those of real ones', async () => {
    const shape = { rows: 90, outputs: 2, publicInputs: 2, privateInputs: 9 }
    for (const { r1cs } of [productCircuit({ x: 2n, y: 3n, binding: 5n }), randomCircuit(seededRandom(1), shape)]) {
      const { zkey, verificationKey } = await devSetup(r1cs, { threads: 1 })

      const cost = circuitCost(r1cs)

      assert.equal(cost.zkeyBytes, zkey.length - contributionBytes)
      assert.equal(cost.verificationKeyBytes, encodeVerificationKey(verificationKey).length)
    }
  })

  it('behavior: headroom is what still fits the domain beside the signals', () => {
    const { r1cs } = productCircuit({ x: 2n, y: 3n, binding: 5n })

    const { constraints, signals, domain, headroom } = circuitCost(r1cs)

    assert.deepEqual({ constraints, signals, domain, headroom }, { constraints: 1, signals: 2, domain: 4, headroom: 0 })
  })

  it('behavior: fewer threads take less memory and the same processor time', () => {
    const { r1cs } = productCircuit({ x: 2n, y: 3n, binding: 5n })
    const [one, four] = [circuitCost(r1cs, { threads: 1 }), circuitCost(r1cs, { threads: 4 })]

    assert.ok(one.provingMb < four.provingMb)
    assert.equal(one.provingMs, four.provingMs)
  })
})

// Measured: wires, domain, ms (the table in proverTime.ts).
const measured: [number, number, number][] = [
  [723, 1024, 190],
  [3925, 4096, 430],
  [4922, 8192, 710],
  [8694, 16_384, 1240],
  [18_446, 32_768, 2110],
  [84_678, 131_072, 7400],
]

describe('proverTime', () => {
  it('invariant: the estimate is within a quarter of every measured proof', () => {
    for (const [wireCount, domainSize, ms] of measured) {
      const estimate = proverTime({ wireCount, domainSize })

      assert.ok(Math.abs(estimate - ms) <= ms / 4, `${wireCount} wires: ${estimate} and ${ms}`)
    }
  })
})

// Measured: wires, domain, processor ms of one thread (docs/prover.md).
const nativelyMeasured: [number, number, number][] = [
  [723, 1024, 23.8],
  [4922, 8192, 78.6],
  [18_446, 32_768, 240],
  [84_678, 131_072, 981],
]

describe('nativeProverTime', () => {
  it('invariant: the estimate is within a tenth of every measured proof', () => {
    for (const [wireCount, domainSize, ms] of nativelyMeasured) {
      const estimate = nativeProverTime({ wireCount, domainSize })

      assert.ok(Math.abs(estimate - ms) <= ms / 10, `${wireCount} wires: ${estimate} and ${ms}`)
    }
  })
})
