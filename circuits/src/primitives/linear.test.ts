import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluate } from '../evaluate.ts'
import type { LinearNode, Window } from '../exactGraph.ts'
import { openedBytes, stepElement } from '../step.ts'
import { checkPrimitive, constantGraph } from './checkPrimitive.ts'

/** A 2×2 convolution of stride 1 over 3×3×2, two channels out: every index of the window differs. */
const window: Window = {
  ...{ d1: 2, d2: 2, s0: 6, s1: 2, s2: 0, base: 0 },
  ...{ run: 4, n1: 2, n2: 1, r1: 6, r2: 0, rowStride: 8 },
}

function convGraph(overrides: Partial<LinearNode> = {}) {
  const shape = { op: 'linear', count: 8, width: 4, lo: 0, hi: 60, shift: 2 } as const
  const weights = [Int32Array.from({ length: 16 }, (_, index) => ((index * 7) % 11) - 5), Int32Array.of(3, -40)]
  const node: LinearNode = { ...shape, operand: 0, weight: 0, bias: 1, window, ...overrides }
  return constantGraph({ nodes: [node], weights, input: { count: 18, lo: -8, hi: 7 } })
}

describe('linear', () => {
  it('behavior: sums products over a window, rounds, shifts and clamps, golden values', () => {
    const input = Int32Array.from({ length: 18 }, (_, index) => (index % 16) - 8)

    assert.deepEqual(evaluate(convGraph(), input), Int32Array.of(4, 0, 5, 0, 7, 0, 0, 0))
  })

  it('invariant: evaluation, step and witness agree, saturation included, and no wire is free', () => {
    checkPrimitive(convGraph())
    checkPrimitive(convGraph({ lo: -20, hi: 19, shift: 1 }))
    checkPrimitive(convGraph({ lo: -(2 ** 31), hi: 2 ** 31 - 1, shift: 0 }))
  })

  it('behavior: a step opens the row, the bias and the window, and no more', () => {
    const graph = convGraph()
    const values = [new Int32Array(18), new Int32Array(8)]

    const { reads } = stepElement(graph, { node: 1, element: 5, values })

    const positions = reads.filter(({ of }) => of === 'node').map(({ index }) => index)
    assert.deepEqual(positions, [6, 7, 8, 9, 12, 13, 14, 15])
    assert.equal(reads.length, 8 + 8 + 1)
    assert.equal(openedBytes(graph, reads), 32 * (2 + 1 + 1))
  })

  it('error: refuses shapes that disagree and sums beyond 32 bits', () => {
    const wrong: [Partial<LinearNode>, RegExp][] = [
      [{ window: { ...window, rowStride: 9 } }, /weight rows of 9/],
      [{ window: { ...window, r1: 12 } }, /reads element/],
      [{ window: { ...window, s1: 0.5 } }, /0\.5 as its window's s1/],
      [{ window: { ...window, d2: 0 } }, /empty window/],
      [{ count: 7 }, /not a multiple of 4/],
      [{ bias: 0 }, /16 biases/],
    ]
    for (const [overrides, reason] of wrong) {
      assert.throws(
        () => checkPrimitive(convGraph(overrides)),
        (error) => error instanceof Error && reason.test(error.message),
      )
    }
    const large = convGraph()
    large.weights[0]?.values.fill(2 ** 28)
    assert.throws(() => checkPrimitive(large), { name: 'GraphInvalidError' })
  })
})

describe('sums whose terms cancel', () => {
  it('error: refuses terms that doubles do not add exactly, though the sum would fit', () => {
    const factor = 2 ** 31 - 1
    const node: LinearNode = {
      ...{ op: 'linear', count: 1, width: 4, lo: -100, hi: 100, shift: 0, operand: 1, weight: 1, bias: 2 },
      window: { ...window, d1: 1, d2: 1, run: 2, n1: 1, rowStride: 2 },
    }
    const large: LinearNode = {
      ...node,
      count: 2,
      hi: factor,
      operand: 0,
      weight: 0,
      bias: 3,
      window: { ...window, d1: 1, d2: 2, run: 1, n1: 1, rowStride: 1, s1: 0, s0: 0 },
    }
    const weights = [
      Int32Array.of(0, 0),
      Int32Array.of(factor, -factor),
      Int32Array.of(0),
      Int32Array.of(factor, factor),
    ]
    const graph = constantGraph({ nodes: [large, node], weights, input: { count: 1, lo: 0, hi: 1 } })

    assert.throws(() => checkPrimitive(graph), { name: 'GraphInvalidError' })
  })
})
