import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { erf, roundHalfEven, unaryFunction } from './unaryFunctions.ts'

describe('unaryFunction', () => {
  it('behavior: erf has the values of the tables', () => {
    // Abramowitz and Stegun, table 7.1, and the asymptotic end
    for (const [x, value] of [
      [0, 0],
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [1.5, 0.9661051464753108],
      [2, 0.9953222650189527],
      [2.5, 0.999593047982555],
      [3, 0.9999779095030014],
      [6.5, 1],
    ] as const) {
      assert.ok(Math.abs(erf(x) - value) < 1e-15, `erf(${x}) is ${erf(x)}`)
      assert.equal(erf(-x), -erf(x))
    }
    assert.ok(Number.isNaN(erf(Number.NaN)))
  })

  it('invariant: erf increases, also where its series and its fraction meet', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -4, max: 4, noNaN: true }),
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        (x, step) => {
          assert.ok(erf(x + step) >= erf(x))
        },
      ),
      { seed: 1 },
    )
  })

  it('behavior: halves round to even', () => {
    const rounded = [-2.5, -1.5, -0.5, 0.4, 0.5, 1.5, 2.5, 3.5, 4.6].map(roundHalfEven)

    assert.deepEqual(
      rounded.map((value) => value + 0),
      [-2, -2, 0, 0, 0, 2, 2, 4, 5],
    )
  })

  it('behavior: parameters are the function’s', () => {
    const at = (name: Parameters<typeof unaryFunction>[0]['function'], x: number, alpha = 0, beta = 0) =>
      unaryFunction({ function: name, alpha, beta })(x)

    assert.equal(at('clip', 7, -1, 6), 6)
    assert.equal(at('clip', -7, -1, Number.POSITIVE_INFINITY), -1)
    assert.equal(at('leakyRelu', -2, 0.25), -0.5)
    assert.equal(at('power', 3, 3), 27)
    assert.equal(at('softplus', 1000), 1000)
    assert.equal(at('hardSigmoid', 1, 0.25, 0.5), 0.75)
  })
})
