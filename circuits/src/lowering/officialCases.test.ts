import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listOnnxCases } from '../../../scripts/onnxCases.ts'
import { runExactCase } from '../../../scripts/runExactCase.ts'

/**
 * Cases whose values on the way are too wide for 32-bit sums at a fine step: Σ e^x with x up to 60, a product of twelve numbers.
 * docs/operators.md says by how much they are off.
 */
const coarse = (name: string) => /^test_reduce_(log_sum_exp_.*_expanded|prod_default_axes_keepdims_random)$/.test(name)

describe('official ONNX cases in integers', { timeout: 300_000 }, () => {
  const outcomes = listOnnxCases().map((test) => ({ name: test.name, ...runExactCase(test) }))
  const named = (result: string) => outcomes.filter((outcome) => outcome.result === result).map(({ name }) => name)

  it('behavior: what an exact graph gives is near what is expected', () => {
    assert.deepEqual(
      named('wrong').filter((name) => !coarse(name)),
      [],
    )
  })

  it('behavior: most cases that the importer reads have an exact graph', () => {
    const [passed, refused] = [named('passed').length, named('refused').length]

    assert.ok(passed >= 640, `${passed} pass`)
    assert.ok(refused <= 5, `${refused} are refused`)
  })
})
