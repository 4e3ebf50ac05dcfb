import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FakeNode, fakeOnnx, floats, int, int64s, ints } from '../fakeOnnx.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { checkLowering } from './checkLowering.ts'

function randoms(count: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => 2 * random() - 1)
}

const node = (opType: string, input: string[], output = 'y'): FakeNode => ({ opType, input, output: [output] })
const gemm = (input: string, weight: string, output: string): FakeNode => node('Gemm', [input, weight], output)
const weights = [
  floats('w', [4, 3], randoms(12, 1)),
  floats('v', [4, 3], randoms(12, 2)),
  floats('u', [3, 2], randoms(6, 3)),
]

describe('lowering sums and products', () => {
  for (const opType of ['Add', 'Sub', 'Mul', 'Min', 'Max']) {
    it(`behavior: ${opType} of two computed tensors is near the float model's, and proved`, () => {
      checkLowering(
        fakeOnnx({
          nodes: [gemm('x', 'w', 'a'), gemm('x', 'v', 'b'), node(opType, ['a', 'b'])],
          constants: weights,
        }),
      )
    })

    it(`behavior: ${opType} broadcasts a column over rows`, () => {
      checkLowering(
        fakeOnnx({
          input: [1, 6],
          nodes: [
            node('Reshape', ['x', 's'], 'm'),
            node('Slice', ['m', 'from', 'to', 'axis'], 'c'),
            node(opType, ['m', 'c']),
          ],
          constants: [int64s('s', [2, 3]), int64s('from', [1]), int64s('to', [2]), int64s('axis', [1])],
        }),
      )
    })
  }

  it('behavior: sums and products with constants are the place of the tensor alone', () => {
    const { graph } = checkLowering(
      fakeOnnx({
        nodes: [
          node('Mul', ['x', 'm'], 'a'),
          node('Add', ['a', 'c'], 'b'),
          node('Div', ['b', 'd'], 'e'),
          node('Sub', ['one', 'e'], 'f'),
          node('Neg', ['f'], 'g'),
          gemm('g', 'w', 'y'),
        ],
        constants: [
          ...weights,
          ...[floats('m', [4], [0.5, -3, 0.1, 1.7]), floats('c', [1], [0.3]), floats('d', [4], [3, -0.7, 1, 2])],
          floats('one', [], [1]),
        ],
      }),
    )

    assert.deepEqual(
      graph.nodes.map(({ op }) => op),
      ['input', 'linear'],
    )
  })

  it('behavior: a residual sum is rounded once, with its ReLU', () => {
    const { graph } = checkLowering(
      fakeOnnx({
        nodes: [
          gemm('x', 'w', 'a'),
          node('Relu', ['a'], 'r'),
          gemm('r', 't', 'h'),
          node('Add', ['h', 'r'], 's'),
          node('Relu', ['s'], 'q'),
          gemm('q', 'u', 'y'),
        ],
        constants: [...weights, floats('t', [3, 3], randoms(9, 6))],
      }),
      { options: { activationBits: 12 } },
    )

    const rounded = graph.nodes.filter((one) => 'shift' in one && one.shift > 0)
    assert.deepEqual(
      rounded.map(({ lo }) => lo),
      [0, 0],
    )
  })

  it('behavior: a square reads one tensor twice', () => {
    const { graph } = checkLowering(
      fakeOnnx({ nodes: [gemm('x', 'w', 'a'), node('Mul', ['a', 'a'])], constants: weights }),
    )

    const product = graph.nodes.find(({ op }) => op === 'product')
    assert.ok(product?.op === 'product' && product.operands[0] === product.operands[1])
    assert.equal(product.lo, 0)
  })

  it('behavior: clamps go with the sum before them, and stand alone behind what they share', () => {
    const clip: FakeNode = { opType: 'Clip', input: ['a', 'lo', 'hi'], output: ['c'] }
    const bounds = [floats('lo', [], [-0.25]), floats('hi', [], [0.5])]

    const fused = checkLowering(
      fakeOnnx({ nodes: [gemm('x', 'w', 'a'), clip, gemm('c', 'u', 'y')], constants: [...weights, ...bounds] }),
    )
    checkLowering(
      fakeOnnx({ nodes: [gemm('x', 'w', 'a'), clip, node('Add', ['a', 'c'])], constants: [...weights, ...bounds] }),
    )

    assert.deepEqual(
      fused.graph.nodes.map(({ op }) => op),
      ['input', 'linear', 'linear'],
    )
  })

  it('behavior: clamps far from what a sum reaches give their own ends', () => {
    const far = (input: string, output: string): FakeNode => ({
      opType: 'Clip',
      input: [input, 'lo', 'hi'],
      output: [output],
    })
    const constants = [...weights, floats('lo', [], [1000]), floats('hi', [], [3000]), floats('tiny', [], [1e-6])]

    checkLowering(fakeOnnx({ nodes: [gemm('x', 'w', 'a'), node('Mul', ['a', 'tiny'], 'b'), far('b', 'y')], constants }))
    checkLowering(fakeOnnx({ nodes: [gemm('x', 'w', 'a'), far('a', 'b'), gemm('b', 'u', 'y')], constants }))
  })
})

describe('lowering matrices', () => {
  it('behavior: a product of two computed matrices is near the float model’s, and proved', () => {
    const { graph } = checkLowering(
      fakeOnnx({
        input: [1, 8],
        nodes: [
          node('Reshape', ['x', 's'], 'm'),
          node('MatMul', ['m', 'w'], 'a'),
          node('MatMul', ['m', 'v'], 'b'),
          { opType: 'Transpose', input: ['b'], output: ['t'], attribute: [ints('perm', [1, 0])] },
          node('MatMul', ['a', 't']),
        ],
        constants: [...weights, int64s('s', [2, 4])],
      }),
    )

    assert.ok(graph.nodes.some(({ op }) => op === 'dot'))
  })

  it('behavior: a constant on the left is a matrix like any other', () => {
    checkLowering(
      fakeOnnx({
        input: [1, 6],
        nodes: [node('Reshape', ['x', 's'], 'm'), node('MatMul', ['w', 'm'])],
        constants: [floats('w', [2, 3], randoms(6, 8)), int64s('s', [3, 2])],
      }),
    )
  })

  it('behavior: matrices of a batch broadcast', () => {
    checkLowering(
      fakeOnnx({
        input: [1, 12],
        nodes: [
          node('Reshape', ['x', 's'], 'm'),
          node('Slice', ['m', 'from', 'to', 'axis'], 'c'),
          { opType: 'Transpose', input: ['c'], output: ['t'], attribute: [ints('perm', [0, 2, 1])] },
          node('MatMul', ['m', 't']),
        ],
        constants: [int64s('s', [2, 2, 3]), int64s('from', [1]), int64s('to', [2]), int64s('axis', [0])],
      }),
    )
  })

  it('behavior: short rows have scales of their own, each bounded by what it reads', () => {
    const model = fakeOnnx({
      input: [2, 3],
      nodes: [node('MatMul', ['x', 'w'], 'a'), node('Relu', ['a'], 'r'), node('MatMul', ['r', 'u'], 'y')],
      constants: [
        floats(
          'w',
          [3, 4],
          randoms(12, 2).map((value, at) => value * 10 ** -(at % 4)),
        ),
        floats('u', [4, 2], randoms(8, 3)),
      ],
    })

    checkLowering(model, { options: { perChannel: true } })
  })

  it('behavior: every row of a layer has scales of its own where asked', () => {
    const spread = Array.from({ length: 12 }, (_, at) => (at % 3 === 0 ? 1 : 0.01) * (randoms(12, 4)[at] ?? 0))
    const model = fakeOnnx({
      nodes: [gemm('x', 'w', 'a'), node('Relu', ['a'], 'r'), gemm('r', 'u', 'y')],
      constants: [floats('w', [4, 3], spread), floats('u', [3, 2], randoms(6, 3))],
    })

    const { graph } = checkLowering(model, { options: { perChannel: true, weightBits: 6 }, tolerance: 2 ** -4 })

    const weight = graph.weights[0]?.values ?? []
    const most = [0, 1, 2].map((row) => Math.max(...weight.slice(row * 4, row * 4 + 4).map(Math.abs)))
    assert.ok(
      most.every((value) => value > 15),
      `${most}`,
    )
  })
})

describe('lowering moves', () => {
  it('behavior: slices, pads, transposes and concatenations move elements and take no row', () => {
    const { graph } = checkLowering(
      fakeOnnx({
        input: [1, 2, 3, 4],
        nodes: [
          { opType: 'Transpose', input: ['x'], output: ['t'], attribute: [ints('perm', [0, 2, 3, 1])] },
          node('Pad', ['t', 'pads', 'value'], 'p'),
          node('Slice', ['p', 'from', 'to', 'axis', 'by'], 's'),
          { opType: 'Concat', input: ['s', 'c', 's'], output: ['k'], attribute: [int('axis', 2)] },
          node('Reshape', ['k', 'shape']),
        ],
        constants: [
          ...[
            int64s('pads', [0, 1, 0, 0, 0, 0, 2, 0]),
            floats('value', [], [0.25]),
            floats('c', [1, 4, 1, 2], randoms(8, 5)),
          ],
          ...[
            int64s('from', [5]),
            int64s('to', [0]),
            int64s('axis', [2]),
            int64s('by', [-2]),
            int64s('shape', [1, -1]),
          ],
        ],
      }),
      { tolerance: 2 ** -7 },
    )

    assert.ok(graph.nodes.every(({ op }) => op === 'input' || op === 'move' || op === 'linear'))
  })

  it('behavior: tensors of many nodes come together', () => {
    checkLowering(
      fakeOnnx({
        nodes: [
          ...['a', 'b', 'c', 'd', 'e'].flatMap((name) => [gemm('x', 'w', name), node('Mul', [name, name], `${name}2`)]),
          { opType: 'Concat', input: ['a2', 'b2', 'c2', 'd2', 'x', 'e2'], output: ['k'], attribute: [int('axis', 1)] },
          gemm('k', 'z', 'y'),
        ],
        constants: [...weights, floats('z', [19, 2], randoms(38, 9))],
      }),
    )
  })
})
