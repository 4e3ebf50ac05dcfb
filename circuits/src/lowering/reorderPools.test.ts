import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFloat } from '../evaluateFloat.ts'
import { type FakeNode, fakeOnnx, float, floats, ints } from '../fakeOnnx.ts'
import { floatOperatorName } from '../floatGraph.ts'
import { parseOnnx } from '../parseOnnx.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { reorderPools } from './reorderPools.ts'

const pool: FakeNode = {
  ...{ opType: 'MaxPool', input: ['p'], output: ['y'] },
  attribute: [ints('kernel_shape', [2, 2]), ints('strides', [2, 2]), ints('pads', [1, 0, 0, 0])],
}
const scale = floats('s', [], [0.1])

function reordered(before: FakeNode[], after: FakeNode[] = []) {
  const own = { ...pool, output: [after.length > 0 ? 'v' : 'y'] }
  const graph = parseOnnx(fakeOnnx({ input: [1, 2, 5, 6], nodes: [...before, own, ...after], constants: [scale] }))
  return { graph, changed: reorderPools(graph) }
}

const names = ({ nodes }: { nodes: Parameters<typeof floatOperatorName>[0][] }) => nodes.map(floatOperatorName)

describe('reorderPools', () => {
  it('behavior: pools come before functions that never fall, and results stay', () => {
    const { graph, changed } = reordered([
      { opType: 'Sigmoid', input: ['x'], output: ['a'] },
      { opType: 'LeakyRelu', input: ['a'], output: ['b'], attribute: [float('alpha', 0.2)] },
      { opType: 'QuantizeLinear', input: ['b', 's'], output: ['c'] },
      { opType: 'DequantizeLinear', input: ['c', 's'], output: ['p'] },
    ])
    const random = seededRandom(4)

    assert.deepEqual(names(changed), ['maxPool', 'sigmoid', 'leakyRelu', 'quantizeLinear', 'dequantizeLinear'])
    for (let run = 0; run < 20; run++) {
      const input = Float32Array.from({ length: 60 }, () => 4 * random() - 2)
      assert.deepEqual(evaluateFloat(changed, input), evaluateFloat(graph, input))
    }
  })

  it('behavior: pools stay behind functions that fall, or that others read', () => {
    const falling = reordered([{ opType: 'Neg', input: ['x'], output: ['p'] }])
    const relu: FakeNode = { opType: 'Relu', input: ['x'], output: ['p'] }
    const shared = reordered(
      [relu],
      [
        { opType: 'GlobalMaxPool', input: ['p'], output: ['z'] },
        { opType: 'Add', input: ['v', 'z'], output: ['y'] },
      ],
    )

    assert.deepEqual(names(falling.changed), ['neg', 'maxPool'])
    assert.deepEqual(names(shared.changed), names(shared.graph))
  })
})
