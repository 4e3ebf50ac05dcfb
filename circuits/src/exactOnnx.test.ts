import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import { evaluate } from './evaluate.ts'
import { type ExactGraph, inputOf, rowWindow } from './exactGraph.ts'
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

const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const

/** Every operator once, with rounding, saturation and padding. */
function everyOperator(): ExactGraph {
  const pair = rowWindow({ rows: 2, length: 2 })
  const second = { t0: 0, t1: 0, t2: 1, base: 0, r1: 0 }
  const bit = { width: 1, lo: 0, hi: 1 } as const
  return {
    nodes: [
      { op: 'input', count: 4, width: 1, lo: -8, hi: 7 },
      {
        ...{ op: 'linear', count: 2, width: 1, lo: 0, hi: 100, shift: 1, operand: 0, weight: 0, bias: 1 },
        window: { ...rowWindow({ rows: 2, length: 4, rowStride: 4 }), s2: 0 },
      },
      { op: 'move', count: 4, ...wide, operands: [0, 1], weight: 2 },
      { op: 'product', count: 4, ...wide, shift: 2, operands: [0, 2] },
      { op: 'dot', count: 2, ...wide, shift: 3, operands: [0, 3], window: pair, second: { ...second, t2: 2 } },
      { op: 'requantize', count: 4, width: 1, lo: 0, hi: 3, shift: 33, multiplier: 2 ** 30, operand: 3 },
      { op: 'max', count: 2, ...wide, operand: 3, window: pair },
      { op: 'argmax', count: 2, ...bit, operand: 3, window: pair },
      { op: 'compare', count: 2, ...bit, relation: 'greaterOrEqual', operand: 4, against: { operand: 6 } },
      { op: 'compare', count: 2, ...bit, relation: 'equal', operand: 6, against: { weight: 3 } },
      { op: 'select', count: 2, ...wide, operands: [9, 4, 6] },
      { op: 'lookup', count: 4, width: 2, lo: 0, hi: 900, operand: 5, weight: 4, offset: 0, window: single },
      { op: 'gather', count: 2, ...wide, operands: [11, 7], window: { ...pair, run: 1, n1: 2, r1: 1 }, second },
      { op: 'move', count: 6, ...wide, operands: [10, 12, 3], weight: 5 },
    ],
    weights: [
      { width: 1, values: Int32Array.of(3, -2, 1, 0, -7, 5, 2, 9) },
      { width: 4, values: Int32Array.of(1, -300) },
      { width: 4, values: Int32Array.of(5, -1, 0, 3) },
      { width: 1, values: Int32Array.of(8, -3) },
      { width: 2, values: Int32Array.of(0, 1, 30, 900) },
      { width: 4, values: Int32Array.of(0, 1, 2, 3, -1, 7) },
    ],
    inputNode: 0,
    outputNode: 13,
  }
}

const single = rowWindow({ rows: 4, length: 1 })

describe('encodeExactOnnx', () => {
  for (const [place, op] of computedOps.entries()) {
    it(`invariant: onnxruntime gives the integers of evaluation for random graphs that end in ${op}`, async () => {
      for (let seed = 0; seed < 40; seed++) {
        const random = seededRandom(1000 * place + seed)
        const graph = randomGraph(random, { op, mostBits: seed % 2 === 0 ? 12 : 22 })
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

  it('behavior: onnxruntime computes every operator, golden values', async () => {
    const runtimes = await runtimesOf(everyOperator())

    const outputs = await runtimes.run(Int32Array.of(-5, -8, -8, -8))

    for (const output of outputs) assert.deepEqual(output, evaluate(everyOperator(), Int32Array.of(-5, -8, -8, -8)))
    assert.deepEqual(outputs[0], Int32Array.of(0, 16, 0, 30, 0, 16))
    await runtimes.release()
  })

  it('behavior: onnxruntime saturates values just outside 32 bits', async () => {
    const shape = { count: 4, width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const
    const graph = (multiplier: number): ExactGraph => ({
      nodes: [
        { op: 'input', count: 4, width: 1, lo: -4, hi: 3 },
        { op: 'requantize', ...shape, multiplier, shift: 0, operand: 0 },
      ],
      ...{ weights: [], inputNode: 0, outputNode: 1 },
    })
    for (const multiplier of [800_312_664, -800_312_664, 2 ** 30, -(2 ** 30), 2 ** 31 - 1]) {
      const runtimes = await runtimesOf(graph(multiplier))
      for (const input of [Int32Array.of(-4, -3, -2, -1), Int32Array.of(0, 1, 2, 3)]) {
        const outputs = await runtimes.run(input)

        for (const output of outputs) assert.deepEqual(output, evaluate(graph(multiplier), input))
      }
      await runtimes.release()
    }
  })

  it('invariant: the same graph gives the same bytes, golden hash', () => {
    const files = [0, 1].map(() => encodeExactOnnx(everyOperator()))

    assert.deepEqual(files[0], files[1])
    const hash = createHash('sha256').update(files[0] ?? '')
    assert.equal(hash.digest('hex'), 'c1706a01c8a8d3d5f463346b5f21d1c9c21be815731917f833c009904e1bdc86')
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
