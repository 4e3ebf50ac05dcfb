import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scalarOrder } from './field.ts'
import { createWitnessWriter, encodeElements, encodeWitness, wireCountOf, witnessValues } from './wtns.ts'

describe('wtns', () => {
  it('behavior: writes header and values byte for byte', () => {
    const hex = Buffer.from(encodeWitness([1n, scalarOrder - 1n])).toString('hex')

    const prime = '010000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430'
    assert.equal(
      hex,
      `77746e730200000002000000${'01000000'}${'2800000000000000'}20000000${prime}02000000` +
        `${'02000000'}${'4000000000000000'}${'01'.padEnd(64, '0')}00${prime.slice(2)}`,
    )
  })

  it('behavior: encoded elements make the same file and give the same values, small and large', () => {
    const witness = [1n, 0n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 64n, scalarOrder - 1n]
    const elements = encodeElements(witness)

    assert.deepEqual(encodeWitness(elements), encodeWitness(witness))
    assert.equal(wireCountOf(elements), 6)
    assert.deepEqual(witnessValues(elements, { start: 0, end: 9 }), witness)
    assert.deepEqual(witnessValues(elements, { start: 1, end: 3 }), witnessValues(witness, { start: 1, end: 3 }))
    assert.equal(wireCountOf(elements.subarray(1)), 191 / 32)
  })

  it('behavior: a witness that is written wire by wire is the same, with too little room too', () => {
    const written = [1, 0, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1, 5n, scalarOrder + 3n]
    const values = [1n, 0n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, scalarOrder - 1n, 7n, 3n]

    for (const room of [0, 3, 8, 100]) {
      const writer = createWitnessWriter(room)
      const counts = written.map((value) => writer.push(value))
      writer.set(6, 7n)
      assert.deepEqual(counts, [1, 2, 3, 4, 5, 6, 7, 8])
      assert.deepEqual(writer.bytes(), encodeElements(values))
    }
  })

  it('error: a value that is no field element, or a first wire that is not one', () => {
    assert.throws(() => encodeWitness([1n, scalarOrder]), { name: 'WitnessValueError', wire: 1, value: scalarOrder })
    assert.throws(() => encodeWitness([1n, 2n, -1n]), { name: 'WitnessValueError', wire: 2, value: -1n })
    assert.throws(() => encodeWitness([2n]), { name: 'WitnessValueError', wire: 0, value: 2n })
  })
})
