// Test support: what a model's float graph computes beside what onnxruntime does.
import assert from 'node:assert/strict'
import { evaluateFloat } from '../evaluateFloat.ts'
import { parseOnnx } from '../parseOnnx.ts'

/**
 * Runs a model on random inputs both ways and asserts that every output agrees within 1e-4 of its size.
 * @param draw gives one input element; integers when not told
 */
export async function compareWithRuntime(
  bytes: Uint8Array,
  { outputs, draw, runs = 20 }: { outputs: string[]; draw: () => number; runs?: number },
): Promise<void> {
  process.env.ORT_DISABLE_TELEMETRY = '1'
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  try {
    for (const output of outputs) {
      const graph = parseOnnx(bytes, { output })
      const count = graph.input.shape.reduce((product, length) => product * length, 1)
      for (let run = 0; run < runs; run++) {
        const input = Float32Array.from({ length: count }, draw)
        const found = await session.run({ x: new Tensor('float32', input, graph.input.shape) }, [output])
        const expected = Array.from(found[output]?.data ?? [], Number)

        const actual = evaluateFloat(graph, input)

        assert.deepEqual([...graph.output.shape], [...(found[output]?.dims ?? [])], `the shape of ${output}`)
        for (const [index, value] of expected.entries()) {
          const own = actual[index] ?? Number.NaN
          assert.ok(
            Math.abs(own - value) <= 1e-4 * Math.max(1, Math.abs(value)),
            `${output} ${index} of [${input}]: ${own}, onnxruntime gives ${value}`,
          )
        }
      }
    }
  } finally {
    await session.release()
  }
}
