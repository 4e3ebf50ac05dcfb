import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fakeOnnx } from '../fakeOnnx.ts'
import type { FloatGraph } from '../floatGraph.ts'
import { parseOnnx } from '../parseOnnx.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { calibrate } from './calibrate.ts'

const length = 500
const float = parseOnnx(fakeOnnx({ input: [1, length], nodes: [{ opType: 'Neg', input: ['x'], output: ['y'] }] }))

/** Values in 0 … 1, and of the first input one of 3. */
function inputs(count: number): Float32Array[] {
  const random = seededRandom(9)
  return Array.from({ length: count }, (_, index) =>
    Float32Array.from({ length }, (_, at) => (index === 0 && at === 7 ? 3 : random())),
  )
}

describe('calibrate', () => {
  it('behavior: the plain range goes from the least value to the greatest', () => {
    const { lo, hi } = calibrate(float, inputs(10)).range('y', 'minMax')

    assert.equal(lo, -3)
    assert.ok(hi <= 0 && hi > -0.01)
  })

  it('behavior: a percentile leaves rare values out', () => {
    const { lo } = calibrate(float, inputs(10)).range('y', 'percentile')

    assert.ok(lo > -1.001 && lo < -0.99, `${lo}`)
  })

  it('behavior: least squares leave a rare value out where steps are coarse, and keep it where they are fine', () => {
    const { range } = calibrate(float, inputs(10))

    assert.ok(range('y', 'mse', 3).lo > -2)
    assert.equal(range('y', 'mse', 12).lo, -3)
  })

  it('behavior: values are kept of inputs spread over all, as many as fit', () => {
    const all = inputs(500)

    const values = calibrate(float, all).values('y')

    assert.equal(values.length, 200)
    assert.deepEqual(
      values[1],
      Float32Array.from(all[2] ?? [], (value) => -value),
    )
  })

  it('behavior: a model of many products is run on fewer inputs', () => {
    const side = 1024
    const wide: FloatGraph = {
      input: { name: 'x', shape: [1, side], type: 'float' },
      output: { name: 'y', shape: [1, 32 * side], type: 'float' },
      constants: new Map([
        ['w', { shape: [32 * side, side], type: 'float', values: new Float32Array(32 * side * side) }],
        ['b', { shape: [32 * side], type: 'float', values: new Float32Array(32 * side) }],
      ]),
      nodes: [{ name: 'g', op: 'gemm', inputs: ['x', 'w', 'b'], output: 'y', shape: [1, 32 * side], type: 'float' }],
    }
    const all = Array.from({ length: 100 }, () => new Float32Array(side))

    assert.equal(calibrate(wide, all).values('y').length, 31)
  })
})
