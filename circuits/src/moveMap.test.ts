import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { broadcastMap, type FloatMove, moveMap, stridesOf } from './moveMap.ts'

type Fields = FloatMove extends infer Move
  ? Move extends FloatMove
    ? Omit<Move, 'name' | 'inputs' | 'output' | 'type'>
    : never
  : never
// the fields that were taken away are put back, so the whole is one of the union's again
const move = (fields: Fields) => ({ name: 'n', inputs: ['x'], output: 'y', type: 'float', ...fields }) as FloatMove

describe('moveMap', () => {
  it('behavior: golden maps of each move', () => {
    assert.deepEqual([...moveMap(move({ op: 'reshape', shape: [4] }), [[2, 2]])], [0, 1, 2, 3])
    assert.deepEqual(
      [...moveMap(move({ op: 'transpose', order: [1, 0], shape: [3, 2] }), [[2, 3]])],
      [0, 3, 1, 4, 2, 5],
    )
    assert.deepEqual(
      [...moveMap(move({ op: 'slice', starts: [1, 2], steps: [1, -2], shape: [1, 2] }), [[2, 3]])],
      [5, 3],
    )
    assert.deepEqual([...moveMap(move({ op: 'expand', shape: [2, 2, 2] }), [[2, 1]])], [0, 0, 1, 1, 0, 0, 1, 1])
    assert.deepEqual(
      [...moveMap(move({ op: 'pad', before: [1, 0], value: 7, shape: [2, 3] }), [[1, 2]])],
      [-1, -1, -1, 0, 1, -1],
    )
    assert.deepEqual(
      [
        ...moveMap(move({ op: 'concat', axis: 1, shape: [2, 3] }), [
          [2, 1],
          [2, 2],
        ]),
      ],
      [0, 2, 3, 1, 4, 5],
    )
  })

  it('invariant: a transpose and its inverse leave every element in its place', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(
        shapes.chain((shape) =>
          fc.tuple(
            fc.constant(shape),
            fc.shuffledSubarray(
              shape.map((_, axis) => axis),
              { minLength: shape.length },
            ),
          ),
        ),
        ([shape, order]) => {
          const there = moveMap(move({ op: 'transpose', order, shape: order.map((axis) => shape[axis] ?? 1) }), [shape])
          const inverse = order.map((_, axis) => order.indexOf(axis))
          const back = moveMap(move({ op: 'transpose', order: inverse, shape }), [
            order.map((axis) => shape[axis] ?? 1),
          ])

          assert.deepEqual(
            Array.from(back, (at) => there[at]),
            Array.from(back, (_, index) => index),
          )
        },
      ),
      { seed: 2 },
    )
  })

  it('behavior: broadcasting repeats dimensions of 1 and adds missing ones in front', () => {
    assert.deepEqual([...broadcastMap([3], [2, 3])], [0, 1, 2, 0, 1, 2])
    assert.deepEqual([...broadcastMap([], [2])], [0, 0])
    assert.deepEqual(stridesOf([2, 3, 4]), [12, 4, 1])
  })
})
