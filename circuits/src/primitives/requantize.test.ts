import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { plainSum } from '../circuit.ts'
import { mod, scalarOrder } from '../field.ts'
import { gadgetTrial } from '../gadgetTrial.ts'
import { evaluateCombination, findViolation } from '../r1cs.ts'
import { checkPrimitive, constantGraph } from './checkPrimitive.ts'
import { constrainRequantize, type Requantization, requantize } from './requantize.ts'

const relu: Requantization = { shift: 2, lo: 0, hi: 1000 }

type SumBounds = { sumLo: number; sumHi: number }

/** A circuit that takes the sum on wire 2 and puts the value on wire 1, and the honest witness. */
function requantizeCircuit({ sum, bounds, how }: { sum: number; bounds: SumBounds; how: Requantization }) {
  const { r1cs, witness } = gadgetTrial({
    inputs: [{ lo: bounds.sumLo, hi: bounds.sumHi }],
    outputs: 1,
    constrain: (circuit, [input = circuit.constant(0)]) => [
      constrainRequantize(circuit, { sum: plainSum(input), how }),
    ],
  })
  return { r1cs, witness: witness([sum]) }
}

const cases: { title: string; bounds: SumBounds; how: Requantization }[] = [
  { title: 'a ReLU with a shift', bounds: { sumLo: -7, sumHi: 5 }, how: relu },
  { title: 'a ReLU without a shift', bounds: { sumLo: -3, sumHi: 3 }, how: { shift: 0, lo: 0, hi: 1000 } },
  { title: 'a shift of both signs', bounds: { sumLo: -7, sumHi: 5 }, how: { shift: 1, lo: -100, hi: 100 } },
  { title: 'a clamp from below only', bounds: { sumLo: -7, sumHi: 5 }, how: { shift: 1, lo: -2, hi: 100 } },
  { title: 'a clamp from above only', bounds: { sumLo: -3, sumHi: 7 }, how: { shift: 1, lo: -100, hi: 2 } },
  { title: 'a clamp on both sides', bounds: { sumLo: -6, sumHi: 7 }, how: { shift: 1, lo: -2, hi: 1 } },
  { title: 'a ReLU that saturates', bounds: { sumLo: -5, sumHi: 7 }, how: { shift: 0, lo: 0, hi: 3 } },
  { title: 'a ReLU that is never off', bounds: { sumLo: 2, sumHi: 6 }, how: relu },
  { title: 'a ReLU that is always off', bounds: { sumLo: -9, sumHi: -4 }, how: relu },
]

/** All lists of `length` items. */
function tuples<T>(items: T[], length: number): T[][] {
  if (length === 0) return [[]]
  return tuples(items, length - 1).flatMap((list) => items.map((item) => [...list, item]))
}

describe('requantize', () => {
  it('behavior: rounds halves up, golden values', () => {
    const golden = [
      [-8, 0],
      [-2, 0],
      [-1, 0],
      [1, 0],
      [2, 1],
      [5, 1],
      [6, 2],
      [4001, 1000],
    ] as const

    for (const [sum, value] of golden) assert.equal(requantize(sum, relu), value)
    assert.equal(requantize(-3, { shift: 1, lo: -9, hi: 9 }), -1)
  })

  for (const { title, bounds, how } of cases) {
    it(`soundness: ${title} has one witness for each sum, found by trying every assignment of the bits`, () => {
      for (let sum = bounds.sumLo; sum <= bounds.sumHi; sum++) {
        const { r1cs, witness } = requantizeCircuit({ sum, bounds, how })
        assert.equal(findViolation(r1cs, witness), undefined)

        const free = witness.length - 3
        const booleans = r1cs.constraints.filter(({ a, b, c }) => a === b && b === c).length
        const values = Array.from({ length: 24 }, (_, index) => mod(BigInt(index - 12)))
        let satisfying = 0
        for (let assignment = 0; assignment < 2 ** booleans; assignment++) {
          const bits = Array.from({ length: booleans }, (_, bit) => BigInt((assignment >> bit) & 1))
          for (const rest of tuples(values, free - booleans)) {
            // Given its private wires, the output's own row leaves one value for it.
            const forged = [1n, 0n, mod(BigInt(sum)), ...bits, ...rest]
            const output = r1cs.constraints.at(-1)
            forged[1] = output ? evaluateCombination(output.c, forged) : 0n
            if (findViolation(r1cs, forged) !== undefined) continue
            satisfying++
            assert.equal(forged[1], mod(BigInt(requantize(sum, how))))
          }
        }
        assert.equal(satisfying, 1, `sum ${sum}`)
      }
    })
  }

  it('soundness: a bit that is neither 0 nor 1 cannot absorb a wrong value', () => {
    const bounds = { sumLo: -7, sumHi: 5 }
    const { r1cs, witness } = requantizeCircuit({ sum: 5, bounds, how: relu })

    // Lift bit 0 by 4 and clear bit 2: (2) still holds, the value drops by one; only (1) stands in the way.
    const forged = [...witness]
    forged[3] = (witness[3] ?? 0n) + 4n
    forged[5] = (witness[5] ?? 0n) - 1n
    forged[1] = 0n
    assert.notEqual(findViolation(r1cs, forged.map(mod)), undefined)
  })

  it('soundness: a sum outside its interval has no witness', () => {
    const bounds = { sumLo: -7, sumHi: 5 }
    const { r1cs, witness } = requantizeCircuit({ sum: 5, bounds, how: relu })

    for (const sum of [8n, 100n, scalarOrder - 1000n]) {
      for (let assignment = 0; assignment < 16; assignment++) {
        const bits = Array.from({ length: 4 }, (_, bit) => BigInt((assignment >> bit) & 1))
        assert.notEqual(findViolation(r1cs, [1n, 0n, sum, ...bits, 0n]), undefined)
      }
    }
    assert.equal(witness.length, 8)
  })

  it('invariant: the witness satisfies the rows and agrees with the integers for random sums, shifts and ranges', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
        fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
        fc.integer({ min: 0, max: 24 }),
        fc.constantFrom({ lo: 0 }, { hi: 255 }, { lo: -128, hi: 127 }, { lo: -100, hi: 1000 }, {}),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (one, other, shift, clamp, share) => {
          const bounds = { sumLo: Math.min(one, other), sumHi: Math.max(one, other) }
          const sum = Math.round(bounds.sumLo + share * (bounds.sumHi - bounds.sumLo))
          const how = { shift, lo: -(2 ** 31), hi: 2 ** 31 - 1, ...clamp }
          const { r1cs, witness } = requantizeCircuit({ sum, bounds, how })
          assert.equal(findViolation(r1cs, witness), undefined)
          assert.equal(witness[1], mod(BigInt(requantize(sum, how))))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('invariant: a ReLU over n bits takes n + 2 rows', () => {
    const { r1cs } = requantizeCircuit({
      sum: 0,
      bounds: { sumLo: -(2 ** 19), sumHi: 2 ** 18 },
      how: { shift: 8, lo: 0, hi: 2 ** 12 },
    })

    assert.equal(r1cs.constraints.length - 1, 20 + 2)
  })

  it('invariant: saturation to a byte takes n + 6 rows at most, and from above only n + 5', () => {
    const rows = (bounds: SumBounds, how: Requantization) =>
      requantizeCircuit({ sum: 0, bounds, how }).r1cs.constraints.length - 1
    const wide = { sumLo: -(2 ** 19), sumHi: 2 ** 19 - 9 }

    assert.equal(rows(wide, { shift: 4, lo: 0, hi: 255 }), 20 + 6)
    assert.equal(rows({ sumLo: -(2 ** 18), sumHi: 2 ** 18 }, { shift: 8, lo: -128, hi: 127 }), 20 + 5)
    assert.equal(rows({ sumLo: 0, sumHi: 2 ** 19 - 9 }, { shift: 4, lo: 0, hi: 255 }), 19 + 5)
    assert.equal(rows({ sumLo: -100, sumHi: 90 }, { shift: 3, lo: -(2 ** 31), hi: 2 ** 31 - 1 }), 8 + 1)
  })

  it('invariant: evaluation, step and witness agree on random multipliers, and no wire is free', () => {
    for (const [seed, { multiplier, shift }] of [
      { multiplier: 1, shift: 0 },
      { multiplier: -37, shift: 4 },
      { multiplier: 1_000_003, shift: 20 },
      { multiplier: 1, shift: 3 },
    ].entries()) {
      const node = { op: 'requantize', count: 6, width: 2, lo: -90, hi: 100, shift, multiplier, operand: 0 } as const
      checkPrimitive(constantGraph({ nodes: [node], weights: [], input: { count: 6, lo: -128, hi: 127 } }), { seed })
    }
  })

  it('error: refuses a multiplier of zero and a product of more than 52 bits', () => {
    const node = { op: 'requantize', count: 1, width: 4, lo: 0, hi: 9, shift: 0, multiplier: 0, operand: 0 } as const
    const graph = (multiplier: number) =>
      constantGraph({
        nodes: [{ ...node, multiplier }],
        weights: [],
        input: { count: 1, lo: -(2 ** 23), hi: 2 ** 23 - 1 },
      })
    assert.throws(() => checkPrimitive(graph(0)), { name: 'GraphInvalidError' })
    assert.throws(() => checkPrimitive(graph(2 ** 30)), { name: 'GraphInvalidError' })
  })
})
