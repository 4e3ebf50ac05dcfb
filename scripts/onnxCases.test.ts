import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFloat } from '@assay/circuits/evaluateFloat'
import { parseOnnx } from '@assay/circuits/parseOnnx'
import { listOnnxCases, type OnnxRun } from './onnxCases.ts'
import { contradictoryCases, runOnnxCase } from './runOnnxCase.ts'
import { seededRandom } from './seededRandom.ts'

const cases = listOnnxCases()

async function loadOnnxruntime() {
  process.env.ORT_DISABLE_TELEMETRY = '1'
  return import('onnxruntime-node')
}

/** The case's own input in another order, so that it stays in the operator's domain. */
function shuffled({ input }: OnnxRun, seed: number): Float32Array {
  const random = seededRandom(seed)
  return Float32Array.from(input, () => input[Math.floor(random() * input.length)] ?? 0)
}

describe('official ONNX cases', () => {
  it('behavior: what is computed is what is expected', () => {
    const outcomes = cases.map((test) => ({ name: test.name, ...runOnnxCase(test) }))

    const wrong = outcomes.filter(({ result }) => result === 'wrong').map(({ name }) => name)
    assert.deepEqual(new Set(wrong), contradictoryCases)
    const passed = outcomes.filter(({ result }) => result === 'passed').length
    assert.ok(passed >= 680, `${passed} of ${outcomes.length}`)
  })

  it('behavior: int8 sums saturate as in onnxruntime, where the cases have them wrap around', async () => {
    const { InferenceSession, Tensor } = await loadOnnxruntime()
    for (const test of cases.filter(({ name }) => contradictoryCases.has(name))) {
      const [run] = test.runs
      assert.ok(run?.variant === 'first')
      const graph = parseOnnx(run.model)
      const session = await InferenceSession.create(run.model)

      const actual = evaluateFloat(graph, run.input)

      const { y } = await session.run({ a: new Tensor('int8', Int8Array.from(run.input), graph.input.shape) })
      await session.release()
      assert.deepEqual(Array.from(actual), Array.from(y?.data ?? [], Number))
    }
  })

  it('behavior: other inputs give what onnxruntime gives', { timeout: 300_000 }, async () => {
    const { InferenceSession, Tensor } = await loadOnnxruntime()
    let compared = 0
    for (const [seed, test] of cases.entries()) {
      const run = test.runs.find(({ variant }) => variant === 'first')
      if (run === undefined || contradictoryCases.has(test.name)) continue
      const session = await InferenceSession.create(run.model, { intraOpNumThreads: 1, logSeverityLevel: 3 }).catch(
        () => undefined,
      )
      // onnxruntime has no kernel for some types and forms
      if (session === undefined) continue
      const input = shuffled(run, seed)
      for (const { name, tolerance } of run.outputs) {
        const graph = readable(run, name)
        if (graph === undefined) continue
        const feeds = { [graph.input.name]: new Tensor('float32', input, graph.input.shape) }
        const found = await session.run(feeds, [name]).catch(() => undefined)
        if (found === undefined) continue
        compared++

        const actual = evaluateFloat(graph, input)

        for (const [index, value] of Array.from(found[name]?.data ?? [], Number).entries()) {
          const own = actual[index] ?? Number.NaN
          const near = Math.abs(own - value) <= 10 * tolerance * Math.max(1, Math.abs(value))
          assert.ok(
            near || Object.is(own, value) || own === value,
            `${test.name} ${name} ${index}: ${own}, not ${value}`,
          )
        }
      }
      await session.release()
    }
    assert.ok(compared >= 300, `${compared} compared`)
  })
})

/** The graph of one output of floats, undefined where the case is refused. */
function readable({ model }: OnnxRun, output: string) {
  try {
    const graph = parseOnnx(model, { output })
    return graph.input.type === 'float' ? graph : undefined
  } catch {
    return undefined
  }
}
