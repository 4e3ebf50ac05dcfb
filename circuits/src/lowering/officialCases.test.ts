import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listOnnxCases } from '../../../scripts/onnxCases.ts'
import { quantizeRun, runExactCase } from '../../../scripts/runExactCase.ts'
import { answerWords } from '../answerWords.ts'
import { compile } from '../compile.ts'
import { evaluate } from '../evaluate.ts'
import { graphSignals } from '../intervals.ts'
import { quantizeInput } from '../quantize.ts'
import { findViolation } from '../r1cs.ts'
import { computeWitness } from '../witness.ts'

/** Elements of all tensors of a case whose circuit is made, at most. */
const mostElements = 120

/**
 * Cases whose values on the way are too wide for 32-bit sums at a fine step: Σ e^x with x up to 60, a product of twelve numbers.
 * docs/operators.md says by how much they are off.
 */
const coarse = (name: string) => /^test_reduce_(log_sum_exp_.*_expanded|prod_default_axes_keepdims_random)$/.test(name)

describe('official ONNX cases in integers', { timeout: 300_000 }, () => {
  const cases = listOnnxCases()
  const outcomes = cases.map((test) => ({ name: test.name, ...runExactCase(test) }))
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

  it('invariant: the witnesses of small cases satisfy every row and carry the evaluated outputs', () => {
    let proved = 0
    for (const { name, runs } of cases) {
      for (const run of runs.filter(({ variant }) => variant !== 'none')) {
        const made = quantizeRun(run, run.outputs[0]?.name ?? '')
        if (made === undefined || typeof made === 'string') continue
        const { graph } = made.exact
        if (graph.nodes.reduce((sum, { count }) => sum + count, 0) > mostElements) continue
        const input = quantizeInput(run.input, made.exact)

        const { witness, signals } = computeWitness(graph, { input, binding: 3n })

        assert.equal(findViolation(compile(graph), witness), undefined, `${name} ${run.variant}`)
        const { output } = graphSignals(graph)
        assert.deepEqual(signals.slice(0, -2), answerWords(evaluate(graph, input), output), `${name} ${run.variant}`)
        proved++
      }
    }
    assert.ok(proved >= 450, `${proved} were proved`)
  })
})
