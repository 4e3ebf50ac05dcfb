import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import { evaluate } from './evaluate.ts'
import { type ExactGraph, inputOf } from './exactGraph.ts'
import { encodeExactOnnx } from './exactOnnx.ts'
import { graphId } from './graphFile.ts'
import { ModelProtoSchema, TensorProto_DataType } from './onnxSchema.ts'
import { computedOps, randomGraph } from './randomGraph.ts'
import { seededRandom } from './sampleCircuits.ts'

/** What onnxruntime makes of the file of a graph, without its optimizer and with all of it. */
async function runtimesOf(graph: ExactGraph) {
  process.env.ORT_DISABLE_TELEMETRY = '1'
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const file = encodeExactOnnx(graph)
  const sessions = await Promise.all(
    (['disabled', 'all'] as const).map((graphOptimizationLevel) =>
      InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3, graphOptimizationLevel }),
    ),
  )
  return {
    run: (input: Int32Array) =>
      Promise.all(
        sessions.map(async (session) => {
          const { output } = await session.run({
            input: new Tensor('int64', BigInt64Array.from(input, BigInt), [input.length]),
          })
          return Int32Array.from(output?.data ?? [], Number)
        }),
      ),
    release: () => Promise.all(sessions.map((session) => session.release())),
  }
}

describe('encodeExactOnnx', () => {
  for (const [place, op] of computedOps.entries()) {
    it(`invariant: onnxruntime gives the integers of evaluation for random graphs that end in ${op}`, async () => {
      for (let seed = 0; seed < 40; seed++) {
        const random = seededRandom(1000 * place + seed)
        const graph = randomGraph(random, { op })
        const { count, lo, hi } = inputOf(graph)
        const runtimes = await runtimesOf(graph)
        for (let run = 0; run < 4; run++) {
          const draw = () => (run < 2 ? ([lo, hi][run] ?? lo) : lo + Math.floor(random() * (hi - lo + 1)))
          const input = Int32Array.from({ length: count }, draw)

          const outputs = await runtimes.run(input)

          for (const output of outputs) assert.deepEqual(output, evaluate(graph, input), `seed ${seed}`)
        }
        await runtimes.release()
      }
    })
  }

  it('invariant: the same graph gives the same bytes, golden hash', () => {
    const files = computedOps.map((op) => encodeExactOnnx(randomGraph(seededRandom(7), { op, depth: 8 })))
    const again = computedOps.map((op) => encodeExactOnnx(randomGraph(seededRandom(7), { op, depth: 8 })))

    assert.deepEqual(files, again)
    const hash = createHash('sha256')
    for (const file of files) hash.update(file)
    assert.equal(hash.digest('hex'), '9ae0d4a8871c3b7c470e5d75fd44b3a5d5f0d6a78dbaf3366e371128a5a3734a')
  })

  it('behavior: holds integers alone, and the id of the graph', () => {
    const graph = randomGraph(seededRandom(3), { op: 'linear', depth: 6 })

    const model = fromBinary(ModelProtoSchema, encodeExactOnnx(graph))

    assert.deepEqual(
      model.metadataProps.map(({ key, value }) => [key, value]),
      [['assay.graphId', graphId(graph)]],
    )
    const integers = ['INT8', 'INT16', 'INT32', 'INT64'] as const
    const types = new Set<number>(integers.map((name) => TensorProto_DataType[name]))
    assert.ok(model.graph?.initializer.every(({ dataType }) => types.has(dataType)))
    assert.ok(model.graph?.node.every(({ domain }) => domain === ''))
  })

  it('error: refuses a graph that breaks a rule', () => {
    const graph = randomGraph(seededRandom(3), { op: 'linear' })

    assert.throws(() => encodeExactOnnx({ ...graph, outputNode: 99 }), { name: 'GraphInvalidError' })
  })
})
