import type { Interval } from '../exactGraph.ts'
import { stridesOf } from '../moveMap.ts'

/**
 * Where a float tensor stands in the exact graph. Element j, in ONNX's order, is steps[j] · q + offsets[j] with q the element
 * map[j] of the exact node; where map[j] is -1 it is the constant offsets[j]. So moves, and sums and products with constants, change
 * the place alone, and what reads it folds them into its own weights.
 */
export type Place = {
  node: number
  shape: readonly number[]
  map: Int32Array
  steps: Float64Array
  offsets: Float64Array
}

/** Elements of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

/** A tensor whose elements all have one step; the node holds them in ONNX's order where no map says otherwise. */
export function placeAt({
  node,
  shape,
  step,
  map,
}: {
  node: number
  shape: readonly number[]
  step: number
  map?: Int32Array
}): Place {
  const count = countOf(shape)
  return {
    node,
    shape,
    map: map ?? Int32Array.from({ length: count }, (_, index) => index),
    steps: new Float64Array(count).fill(step),
    offsets: new Float64Array(count),
  }
}

/** A tensor in a node whose element k has the step number k mod steps.length. */
export function placeOfRows({
  node,
  shape,
  steps,
  map,
}: {
  node: number
  shape: readonly number[]
  steps: Float64Array
  map?: Int32Array
}): Place {
  const place = placeAt({ node, shape, step: steps[0] ?? 1, ...(map && { map }) })
  return { ...place, steps: Float64Array.from(place.map, (at) => steps[at % steps.length] ?? 1) }
}

/** The place of the elements that `from` picks, under another shape; -1 picks the constant `value`. */
export function pick(
  place: Place,
  { from, shape, value = 0 }: { from: Int32Array; shape: readonly number[]; value?: number },
): Place {
  return {
    node: place.node,
    shape,
    map: from.map((at) => (at < 0 ? -1 : (place.map[at] ?? -1))),
    steps: Float64Array.from(from, (at) => place.steps[at] ?? 0),
    offsets: Float64Array.from(from, (at) => (at < 0 ? value : (place.offsets[at] ?? 0))),
  }
}

/** The one step of a tensor without offsets, or undefined. Padded zeros count as having any step. */
export function uniformStep({ steps, offsets, map }: Place): number | undefined {
  let step: number | undefined
  for (let at = 0; at < map.length; at++) {
    if (offsets[at] !== 0) return undefined
    if ((map[at] ?? -1) < 0) continue
    step ??= steps[at]
    if (steps[at] !== step) return undefined
  }
  return step ?? 1
}

/** Least and greatest real value of a tensor, from the bounds of its node. */
export function realRange({ map, steps, offsets }: Place, interval: Interval): { lo: number; hi: number } {
  let [lo, hi] = [Infinity, -Infinity]
  for (let at = 0; at < map.length; at++) {
    const [from, step, offset] = [map[at] ?? -1, steps[at] ?? 0, offsets[at] ?? 0]
    const ends =
      from < 0 ? [offset] : [step * (interval.lo[from] ?? 0) + offset, step * (interval.hi[from] ?? 0) + offset]
    lo = Math.min(lo, ...ends)
    hi = Math.max(hi, ...ends)
  }
  return { lo, hi }
}

/** For each element in channels-last order, its position in ONNX's; shapes other than images keep their order. */
export function channelsLastOrder(shape: readonly number[]): Int32Array {
  const [batch = 1, channels = 1, height = 1, width = 1] = shape
  if (shape.length !== 4) return Int32Array.from({ length: countOf(shape) }, (_, index) => index)
  return Int32Array.from({ length: batch * channels * height * width }, (_, index) => {
    const channel = index % channels
    const column = Math.floor(index / channels) % width
    const row = Math.floor(index / channels / width) % height
    const image = Math.floor(index / channels / width / height)
    return ((image * channels + channel) * height + row) * width + column
  })
}

/** The map of a tensor whose node holds, at k, its element order[k]. */
export function inverseOrder(order: Int32Array): Int32Array {
  const map = new Int32Array(order.length)
  for (const [index, at] of order.entries()) map[at] = index
  return map
}

/** For each element in the order of the node, its ONNX position, where the node holds this tensor and nothing else. */
export function ownOrder({ map }: Place, count: number): Int32Array | undefined {
  if (map.length !== count) return undefined
  const order = new Int32Array(count).fill(-1)
  for (const [index, at] of map.entries()) {
    if (at < 0 || order[at] !== -1) return undefined
    order[at] = index
  }
  return order
}

/** ONNX positions with the given axes last, in their order: rows that are reduced stand together. */
export function axesLast(shape: readonly number[], axes: readonly number[]): Int32Array {
  const strides = stridesOf(shape)
  const order = [...shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes)
  let positions = Int32Array.of(0)
  for (const axis of order) {
    const [length, stride] = [shape[axis] ?? 1, strides[axis] ?? 0]
    const next = new Int32Array(positions.length * length)
    for (let at = 0; at < next.length; at++) {
      next[at] = (positions[Math.floor(at / length)] ?? 0) + (at % length) * stride
    }
    positions = next
  }
  return positions
}
