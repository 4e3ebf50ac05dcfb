import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEvaluator, hasVectors } from './createEvaluator.ts'
import { evaluate } from './evaluate.ts'
import { type ExactGraph, type GraphNode, inputOf, type LinearNode, rowWindow, type Window } from './exactGraph.ts'
import { constantGraph } from './primitives/checkPrimitive.ts'
import { computedOps, randomGraph } from './randomGraph.ts'
import { seededRandom } from './sampleCircuits.ts'

/** Both evaluations of random inputs, and of the ends of the range. */
function compare(graph: ExactGraph, { random, runs = 4, what }: { random: () => number; runs?: number; what: string }) {
  const { count, lo, hi } = inputOf(graph)
  const evaluator = createEvaluator(graph)
  for (let run = 0; run < runs; run++) {
    const draw = () => (run < 2 ? ([lo, hi][run] ?? lo) : lo + Math.floor(random() * (hi - lo + 1)))
    const input = Int32Array.from({ length: count }, draw)

    assert.deepEqual(evaluator(input), evaluate(graph, input), what)
  }
}

const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const

/** A sum over windows of an input of `bits` bits, with random weights of `weightBits`. */
function linearGraph(context: {
  random: () => number
  window: Omit<Window, 'rowStride'>
  count: number
  bits: number
  weightBits: number
  how?: Partial<LinearNode>
}): ExactGraph {
  const { random, window, count, bits, weightBits, how } = context
  const { d1, d2, s0, s1, s2, base, run, n1, n2, r1, r2 } = window
  const outer = count / (d1 * d2)
  const reach = base + (outer - 1) * s0 + (d1 - 1) * s1 + (d2 - 1) * s2 + (n1 - 1) * r1 + (n2 - 1) * r2 + run
  const rowStride = n1 * n2 * run
  const weights = Int32Array.from({ length: d2 * rowStride }, () => Math.floor((random() - 0.5) * 2 ** weightBits))
  const bias = Int32Array.from({ length: d2 }, () => Math.floor((random() - 0.5) * 2 ** 12))
  const node: LinearNode = {
    ...{ op: 'linear', count, ...wide, shift: 0, operand: 0, weight: 0, bias: 1, window: { ...window, rowStride } },
    ...how,
  }
  const input = { count: reach, lo: -(2 ** (bits - 1)), hi: 2 ** (bits - 1) - 1 }
  return constantGraph({ nodes: [node], weights: [weights, bias], input })
}

const square = { s2: 0, base: 0, n2: 1, r2: 0 } as const

describe('createEvaluator', () => {
  for (const [place, op] of computedOps.entries()) {
    it(`invariant: gives the integers of evaluation for random graphs that end in ${op}`, () => {
      for (let seed = 0; seed < 150; seed++) {
        const random = seededRandom(1000 * place + seed)
        const graph = randomGraph(random, { op, mostBits: seed % 2 === 0 ? 12 : 22 })
        compare(graph, { random, what: `seed ${seed}` })
      }
    })
  }

  it('invariant: gives the integers of evaluation for graphs of many nodes', () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = seededRandom(seed)
      compare(randomGraph(random, { op: 'linear', depth: 40 }), { random, what: `seed ${seed}` })
    }
  })

  it('invariant: convolutions and dense layers of all sizes, in 16 and 32 bits', () => {
    const random = seededRandom(5)
    for (const channels of [1, 2, 3, 8]) {
      for (const outputs of [1, 3, 4, 5, 8, 9, 17]) {
        for (const side of [1, 2, 5]) {
          for (const bits of [6, 18]) {
            const line = (side + 2) * channels
            const window = {
              d1: side,
              d2: outputs,
              s0: line,
              s1: channels,
              run: 3 * channels,
              n1: 3,
              r1: line,
              ...square,
            }
            const context = { random, window, count: side * side * outputs, bits, weightBits: 7 }
            const how = { shift: 3, lo: -1000, hi: 1000, width: 2 } as const
            compare(linearGraph(context), { random, what: JSON.stringify(context) })
            compare(linearGraph({ ...context, how }), { random, what: JSON.stringify(context) })
          }
        }
      }
    }
  })

  it('invariant: sums whose reads stand side by side, in 16 and 32 bits', () => {
    const random = seededRandom(6)
    for (const d2 of [1, 3, 8, 20]) {
      for (const d1 of [1, 3, 9]) {
        for (const run of [1, 2]) {
          for (const bits of [6, 18]) {
            for (const gap of [0, 3]) {
              const s1 = d2 * run + gap
              const window = { d1, d2, s0: d1 * s1, s1, s2: run, base: 1, run, n1: 2, n2: 2, r1: 4, r2: 7 }
              const context = { random, window, count: 2 * d1 * d2, bits, weightBits: 7 }
              compare(linearGraph(context), { random, what: JSON.stringify(context) })
            }
          }
        }
      }
    }
  })

  it('invariant: tables of wide values, looked up and gathered', () => {
    const random = seededRandom(8)
    const table = Int32Array.from({ length: 64 }, () => Math.floor((random() - 0.5) * 2 ** 31))
    const nodes: GraphNode[] = [
      {
        op: 'lookup',
        count: 9,
        ...wide,
        operand: 0,
        weight: 0,
        offset: -32,
        window: rowWindow({ rows: 9, length: 1 }),
      },
      { op: 'requantize', count: 9, width: 1, lo: 0, hi: 8, operand: 0, multiplier: 1, shift: 0 },
      {
        ...{ op: 'gather', count: 9, ...wide, operands: [1, 2] },
        window: { ...rowWindow({ rows: 9, length: 0 }), run: 1, n1: 9, r1: 1 },
        second: { t0: 0, t1: 0, t2: 1, base: 0, r1: 0 },
      },
    ]
    const graph = constantGraph({ nodes, weights: [table], input: { count: 9, lo: -32, hi: 31 } })
    compare(graph, { random, runs: 20, what: 'tables' })
  })

  it('invariant: sums that pass 32 bits on the way and come back, in 16 and 32 bits', () => {
    for (const [lo, factor] of [
      [32_000, 32_767],
      [2 ** 24, 400],
    ] as const) {
      const weights = Int32Array.from({ length: 12 }, (_, term) => (term < 6 ? factor : -factor))
      const window = rowWindow({ rows: 1, length: 12, rowStride: 12 })
      const node: GraphNode = { op: 'linear', count: 1, ...wide, shift: 0, operand: 0, weight: 0, bias: 1, window }
      const input = { count: 12, lo, hi: lo + 127 }
      const graph = constantGraph({ nodes: [node], weights: [weights, Int32Array.of(1)], input })
      compare(graph, { random: seededRandom(lo), runs: 20, what: `${lo}` })
    }
  })

  it('behavior: an evaluator keeps nothing of the inputs before', () => {
    const random = seededRandom(9)
    const graph = randomGraph(random, { op: 'move', depth: 12 })
    const { count, lo, hi } = inputOf(graph)
    const inputs = [lo, hi, lo].map((value) => new Int32Array(count).fill(value))
    const evaluator = createEvaluator(graph)

    const outputs = inputs.map((input) => evaluator(input))

    assert.deepEqual(
      outputs,
      inputs.map((input) => evaluate(graph, input)),
    )
  })

  it('behavior: without vectors it is the plain evaluation', () => {
    const random = seededRandom(10)
    const graph = randomGraph(random, { op: 'argmax' })
    const input = new Int32Array(inputOf(graph).count).fill(inputOf(graph).lo)

    assert.ok(hasVectors())
    assert.deepEqual(createEvaluator(graph, { vectors: false })(input), evaluate(graph, input))
  })

  it('error: refuses inputs of another length or range, and graphs that break a rule', () => {
    const graph = randomGraph(seededRandom(11), { op: 'linear' })
    const { count, lo, hi } = inputOf(graph)
    const evaluator = createEvaluator(graph)

    assert.throws(() => evaluator(new Int32Array(count + 1).fill(lo)), { name: 'InputLengthError', actual: count + 1 })
    assert.throws(() => evaluator(new Int32Array(count).fill(lo).fill(hi + 1, count - 1)), {
      ...{ name: 'InputOutOfRangeError', index: count - 1, value: hi + 1 },
    })
    assert.throws(() => evaluator(new Int32Array(count).fill(lo - 1)), { name: 'InputOutOfRangeError', index: 0 })
    assert.throws(() => createEvaluator({ ...graph, inputNode: 1 }), { name: 'GraphInvalidError' })
  })
})
