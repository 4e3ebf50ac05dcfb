import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEvaluator } from '@assay/circuits/createEvaluator'
import { evaluate } from '@assay/circuits/evaluate'
import { encodeExactOnnx } from '@assay/circuits/exactOnnx'
import { exactModelNames, loadExactModel } from '../../scripts/exactModels.ts'

describe('exact graphs elsewhere', () => {
  for (const name of exactModelNames()) {
    it(`invariant: onnxruntime and vectors give the integers of ${name}'s exact graph`, async () => {
      const { graph, inputs } = loadExactModel(name)
      const evaluator = createEvaluator(graph)
      process.env.ORT_DISABLE_TELEMETRY = '1'
      const { InferenceSession, Tensor } = await import('onnxruntime-node')
      const file = encodeExactOnnx(graph)
      const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 })

      for (const input of inputs) {
        const tensor = new Tensor('int64', BigInt64Array.from(input, BigInt), [input.length])
        const { output } = await session.run({ input: tensor })

        const expected = evaluate(graph, input)
        assert.deepEqual(Int32Array.from(output?.data ?? [], Number), expected)
        assert.deepEqual(evaluator(input), expected)
      }
      await session.release()
    })
  }
})
