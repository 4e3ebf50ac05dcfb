import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countRows } from './countRows.ts'
import { evaluate, evaluateNodes } from './evaluate.ts'
import { type ExactGraph, type GraphNode, rowWindow } from './exactGraph.ts'
import { decodeGraph, encodeGraph } from './graphFile.ts'
import { checkGraph } from './intervals.ts'
import { checkPrimitive, constantGraph } from './primitives/checkPrimitive.ts'
import { computedOps, randomGraph } from './randomGraph.ts'
import { seededRandom } from './sampleCircuits.ts'
import { maxOpenedBytes, splitSums } from './splitSums.ts'
import { openedBytes, stepElement } from './step.ts'

const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const

function inputsOf(graph: ExactGraph, random: () => number): Int32Array {
  const input = graph.nodes[graph.inputNode]
  assert.ok(input)
  return Int32Array.from({ length: input.count }, () => input.lo + Math.floor(random() * (input.hi - input.lo + 1)))
}

/** The most bytes that the step of an element of the graph opens. */
function mostOpened(graph: ExactGraph, input: Int32Array): number {
  const values = evaluateNodes(graph, input)
  const opened = graph.nodes.flatMap(({ op }, node) =>
    op === 'input'
      ? []
      : [0, (values[node]?.length ?? 1) - 1].map((element) =>
          openedBytes(graph, stepElement(graph, { node, element, values }).reads),
        ),
  )
  return Math.max(...opened)
}

/** Two rows of 9,216 weights over an input of bytes, rounded and clamped: what the flattened images of a small network come to. */
function longSum(): ExactGraph {
  const length = 9216
  const random = seededRandom(3)
  const node: GraphNode = {
    ...{ op: 'linear', count: 2, width: 2, lo: 0, hi: 900, shift: 7, operand: 0, weight: 0, bias: 1 },
    window: { ...rowWindow({ rows: 2, length, rowStride: length }), s2: 0 },
  }
  return {
    nodes: [{ op: 'input', count: length, width: 2, lo: 0, hi: 255 }, node],
    weights: [
      { width: 1, values: Int32Array.from({ length: 2 * length }, () => Math.floor(random() * 255) - 127) },
      { width: 4, values: Int32Array.of(70_000, -5) },
    ],
    inputNode: 0,
    outputNode: 1,
  }
}

describe('splitSums', () => {
  it('behavior: a sum over 9,216 elements becomes parts that open 8 KiB at most, with the same values and bounds', () => {
    const whole = longSum()
    const random = seededRandom(1)
    const input = inputsOf(whole, random)
    assert.ok(mostOpened(whole, input) > 3 * maxOpenedBytes)

    const { graph, indexOf } = splitSums(whole)

    assert.ok(mostOpened(graph, input) <= maxOpenedBytes)
    assert.deepEqual(evaluate(graph, input), evaluate(whole, input))
    assert.deepEqual(checkGraph(graph)[indexOf[1] ?? 0], checkGraph(whole)[1])
    assert.equal(indexOf[1], graph.outputNode)
    assert.deepEqual(decodeGraph(encodeGraph(graph)), graph)
  })

  it('invariant: partial sums of a long one take no row', () => {
    const rows = (graph: ExactGraph) => countRows(graph).reduce((sum, node) => sum + node.rows, 0)

    assert.equal(rows(splitSums(longSum()).graph), rows(longSum()))
  })

  it('behavior: a sum stays whole where its parts do not fit int32', () => {
    const length = 6000
    const node: GraphNode = {
      ...{ op: 'linear', count: 1, ...wide, shift: 0, operand: 0, weight: 0, bias: 1 },
      window: rowWindow({ rows: 1, length, rowStride: length }),
    }
    const whole: ExactGraph = {
      nodes: [{ op: 'input', count: length, width: 4, lo: 2 ** 21, hi: 2 ** 21 + 1 }, node],
      weights: [
        { width: 1, values: Int32Array.from({ length }, (_, index) => (index < length / 2 ? 1 : -1)) },
        { width: 4, values: Int32Array.of(0) },
      ],
      inputNode: 0,
      outputNode: 1,
    }

    assert.equal(splitSums(whole).graph, whole)
  })

  it('behavior: a graph of short sums is returned as it is', () => {
    const whole = longSum()

    assert.equal(splitSums(whole, { maxBytes: 2 ** 20 }).graph, whole)
  })

  it('invariant: random graphs of all operators keep their values however small the parts, and the circuits hold', () => {
    for (const [seed, op] of [...computedOps, 'linear' as const, 'dot' as const, 'max' as const].entries()) {
      const whole = decodeGraph(encodeGraph(randomGraph(seededRandom(seed), { op, depth: 2 })))
      const { graph, indexOf } = splitSums(whole, { maxBytes: 96 })
      const random = seededRandom(seed)
      for (let run = 0; run < 5; run++) {
        const input = inputsOf(whole, random)
        const values = evaluateNodes(graph, input)

        for (const [index, expected] of evaluateNodes(whole, input).entries()) {
          assert.deepEqual(values[indexOf[index] ?? 0], expected)
        }
      }
      checkPrimitive(graph, { runs: 3 })
    }
  })

  it('invariant: windows of images are split by rows, by runs and within a run', () => {
    const window = { ...rowWindow({ rows: 1, length: 40 }), d1: 2, s1: 3, n1: 2, n2: 2, r1: 150, r2: 50 }
    const max: GraphNode = { op: 'max', count: 2, ...wide, operand: 0, window }
    const whole = constantGraph({ nodes: [max], weights: [], input: { count: 300, lo: 0, hi: 255 } })
    const input = inputsOf(whole, seededRandom(2))
    for (const maxBytes of [700, 400, 200, 64]) {
      const { graph } = splitSums(whole, { maxBytes })

      assert.ok(graph.nodes.length > whole.nodes.length)
      assert.ok(mostOpened(graph, input) <= Math.max(maxBytes, 160))
      assert.deepEqual(evaluate(graph, input), evaluate(whole, input))
    }
  })
})
