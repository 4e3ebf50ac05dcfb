import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluate } from '@assay/circuits/evaluate'
import { encodeExactOnnx } from '@assay/circuits/exactOnnx'
import { QuantizeError } from '@assay/circuits/quantize'
import { exactModelNames, loadExactModel } from '../../scripts/exactModels.ts'

describe('exact graphs as ONNX files', () => {
  for (const name of exactModelNames()) {
    it(`invariant: onnxruntime gives the integers of ${name}'s exact graph`, async (test) => {
      const model = loadOrSkip(name, (reason) => test.skip(reason))
      if (!model) return
      process.env.ORT_DISABLE_TELEMETRY = '1'
      const { InferenceSession, Tensor } = await import('onnxruntime-node')
      const file = encodeExactOnnx(model.graph)
      const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 })

      for (const input of model.inputs) {
        const tensor = new Tensor('int64', BigInt64Array.from(input, BigInt), [input.length])
        const { output } = await session.run({ input: tensor })

        assert.deepEqual(Int32Array.from(output?.data ?? [], Number), evaluate(model.graph, input))
      }
      await session.release()
    })
  }
})

/** A model that has no exact graph has nothing to compare; why is what the quantizer says. */
function loadOrSkip(name: string, skip: (reason: string) => void) {
  try {
    return loadExactModel(name)
  } catch (error) {
    if (!(error instanceof QuantizeError)) throw error
    skip(error.message)
    return undefined
  }
}
