import type { FloatNode, FloatNodeOf } from './floatGraph.ts'

const moveOps = ['reshape', 'transpose', 'concat', 'slice', 'expand', 'pad'] as const
/** A node that puts elements in other places and computes nothing. */
export type FloatMove = FloatNodeOf<(typeof moveOps)[number]>

/** Whether a node only moves elements. */
export function isMove(node: FloatNode): node is FloatMove {
  return moveOps.some((op) => op === node.op)
}

/**
 * Where each element of a move's output comes from: a position in its inputs laid end to end, or -1 where a pad's value stands.
 * @param inputShapes shapes of the node's inputs, in their order
 */
export function moveMap(node: FloatMove, inputShapes: readonly (readonly number[])[]): Int32Array {
  const [first = []] = inputShapes
  const strides = stridesOf(first)
  switch (node.op) {
    case 'reshape':
      return Int32Array.from({ length: countOf(node.shape) }, (_, index) => index)
    case 'transpose':
      return positions({ shape: node.shape, strides: node.order.map((axis) => strides[axis] ?? 0), start: 0 })
    case 'slice': {
      const start = node.starts.reduce((sum, from, axis) => sum + from * (strides[axis] ?? 0), 0)
      return positions({
        shape: node.shape,
        strides: node.steps.map((step, axis) => step * (strides[axis] ?? 0)),
        start,
      })
    }
    case 'expand':
      return broadcastMap(first, node.shape)
    case 'pad':
      return padMap(node, first)
    case 'concat':
      return concatMap(node, inputShapes)
  }
}

/** For each element of `shape`, the position of the element that broadcasts to it (numpy's rule) in a tensor of shape `from`. */
export function broadcastMap(from: readonly number[], shape: readonly number[]): Int32Array {
  const missing = shape.length - from.length
  const own = stridesOf(from)
  const strides = shape.map((_, axis) => ((from[axis - missing] ?? 1) === 1 ? 0 : (own[axis - missing] ?? 0)))
  return positions({ shape, strides, start: 0 })
}

/** `start + Σ index · stride` for each index of `shape`, the last dimension fastest. */
export function positions({
  shape,
  strides,
  start,
}: {
  shape: readonly number[]
  strides: readonly number[]
  start: number
}): Int32Array {
  let [map, filled] = [new Int32Array(countOf(shape)), 1]
  if (map.length === 0) return map
  map[0] = start
  // the dimensions from the last to the first: what is filled so far is repeated, shifted by the stride
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [length, stride] = [shape[axis] ?? 1, strides[axis] ?? 0]
    for (let index = 1; index < length; index++) {
      for (let at = 0; at < filled; at++) map[index * filled + at] = (map[at] ?? 0) + index * stride
    }
    filled *= length
  }
  return map
}

/** How far apart neighbours in each dimension stand, the last dimension fastest. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1)
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1)
  return strides
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

function padMap({ shape, before }: FloatNodeOf<'pad'>, from: readonly number[]): Int32Array {
  const map = new Int32Array(countOf(shape)).fill(-1)
  const strides = stridesOf(shape)
  const start = before.reduce((sum, length, axis) => sum + length * (strides[axis] ?? 0), 0)
  for (const [index, at] of positions({ shape: from, strides, start }).entries()) map[at] = index
  return map
}

function concatMap({ shape, axis }: FloatNodeOf<'concat'>, inputShapes: readonly (readonly number[])[]): Int32Array {
  const map = new Int32Array(countOf(shape))
  const strides = stridesOf(shape)
  let [offset, along] = [0, 0]
  for (const from of inputShapes) {
    const targets = positions({ shape: from, strides, start: along * (strides[axis] ?? 0) })
    for (const [index, target] of targets.entries()) map[target] = offset + index
    offset += targets.length
    along += from[axis] ?? 0
  }
  return map
}
