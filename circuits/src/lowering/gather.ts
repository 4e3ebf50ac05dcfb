import type { GatherNode, LookupNode } from '../exactGraph.ts'
import type { FloatConstant, FloatNodeOf } from '../floatGraph.ts'
import { stridesOf } from '../moveMap.ts'
import { QuantizeError } from '../quantizeError.ts'
import { constantPlace } from './constantPlace.ts'
import { elementwiseSum, exactTarget, toUniform } from './elementwiseSum.ts'
import { addTable } from './lookUp.ts'
import { anyRange, arrange, type Lower, type Lowering, rangeOfInterval } from './lowering.ts'
import { countOf, type Place, pick, placeAt, uniformStep } from './place.ts'

/** Bits of a row of an embedding beside its sign; they cost no constraint in the look-up. */
const embeddingBits = 14
/** Different indices that are looked up, at most. */
const maxIndices = 2 ** 16

type Gather = FloatNodeOf<'gather'>

/**
 * Elements picked along an axis. Constant indices are the place's; computed ones into a constant are a look-up in one table for each
 * column, else a choice among all. An index outside the axis, which has no meaning, takes the nearest inside.
 */
export const lowerGather: Lower<Gather> = (lowering, node) => {
  const [dataName = '', indexName = ''] = node.inputs
  const indices = lowering.constant(indexName)
  const data = lowering.constant(dataName)
  if (indices) return pickConstant(lowering, { node, data: lowering.place(dataName), indices })
  return data ? embed(lowering, { node, data }) : gather(lowering, node)
}

function pickConstant(_: Lowering, context: { node: Gather; data: Place; indices: FloatConstant }): Place {
  const { node, data, indices } = context
  const { length, inner } = axisOf(node, data.shape)
  const picks = indices.values.length
  const from = new Int32Array(countOf(node.shape))
  for (const [at] of from.entries()) {
    const rest = Math.floor(at / inner)
    const index = indices.values[rest % picks] ?? 0
    from[at] = (Math.floor(rest / picks) * length + (index < 0 ? index + length : index)) * inner + (at % inner)
  }
  return pick(data, { from, shape: node.shape })
}

function axisOf({ axis }: Gather, shape: readonly number[]): { length: number; inner: number; outer: number } {
  return {
    length: shape[axis] ?? 1,
    inner: stridesOf(shape)[axis] ?? 1,
    outer: countOf(shape.slice(0, axis)),
  }
}

/** Rows of a constant: each index has one table for each of its columns. */
function embed(lowering: Lowering, { node, data }: { node: Gather; data: FloatConstant }): Place {
  const { length, inner, outer } = axisOf(node, data.shape)
  const { operand, indexOf, picks } = indexTensor(lowering, node)
  const most = Array.from(data.values).reduce((a, value) => Math.max(a, Math.abs(value)), 0)
  const isWhole = data.type !== 'float'
  const step = isWhole || most === 0 ? 1 : 2 ** Math.ceil(Math.log2(most / 2 ** embeddingBits))
  const columns = outer * inner
  const { lo, hi } = rangeOfInterval(lowering.intervalOf(operand))
  const entries = hi - lo + 1
  if (entries * columns > 2 ** 22) {
    throw new QuantizeError(
      `Node "${node.name}" looks ${columns} columns up by ${entries} indices; fewer than ${2 ** 22} entries are supported.`,
    )
  }
  const table = new Int32Array(columns * entries)
  for (let column = 0; column < columns; column++) {
    const [block, within] = [Math.floor(column / inner), column % inner]
    for (let entry = 0; entry < entries; entry++) {
      const row = wrap(indexOf(lo + entry), length)
      const value = data.values[(block * length + row) * inner + within] ?? 0
      table[column * entries + entry] = Math.floor(value / step + 0.5)
    }
  }
  const look: LookupNode = {
    ...{ op: 'lookup', ...anyRange, count: picks * columns, operand, offset: lo },
    weight: lowering.addWeights(table),
    window: {
      ...{ d1: 1, d2: columns, s0: 1, s1: 0, s2: 0, base: 0, run: 1, n1: 1, n2: 1, r1: 0, r2: 0 },
      rowStride: entries,
    },
  }
  const made = lowering.addNode(look)
  // the node holds [picks, outer · inner], the tensor [outer, picks, inner]
  const map = Int32Array.from({ length: picks * columns }, (_, at) => {
    const [block, pickAt] = [Math.floor(at / (picks * inner)), Math.floor(at / inner) % picks]
    return pickAt * columns + block * inner + (at % inner)
  })
  return placeAt({ node: made, shape: node.shape, step, map })
}

/** A whole index into an axis of that length; below 0 it counts from the end. */
function wrap(index: number, length: number): number {
  return Math.min(Math.max(index < 0 ? index + length : index, 0), length - 1)
}

/** The tensor of indices, the index that each of its integers stands for, and how many there are. */
function indexTensor(
  lowering: Lowering,
  node: Gather,
): { operand: number; indexOf: (q: number) => number; picks: number } {
  let place = lowering.place(node.inputs[1] ?? '')
  const straight = oneLine(place) ?? { step: 1, offset: 0 }
  if (!oneLine(place)) place = toUniform(lowering, { name: node.name, place })
  const { step, offset } = oneLine(place) ?? straight
  const operand = arrange(lowering, place)
  const { lo, hi } = rangeOfInterval(lowering.intervalOf(operand))
  if (hi - lo >= maxIndices) {
    throw new QuantizeError(
      `Node "${node.name}" takes indices from ${hi - lo + 1} integers; clip them to ${maxIndices} or fewer.`,
    )
  }
  return { operand, indexOf: (q) => Math.floor(step * q + offset + 0.5), picks: countOf(place.shape) }
}

/** The one step and offset of a tensor, if all elements have them. */
function oneLine({ map, steps, offsets }: Place): { step: number; offset: number } | undefined {
  const [step = 1, offset = 0] = [steps[0], offsets[0]]
  const isOne = map.every((from, at) => from >= 0 && steps[at] === step && offsets[at] === offset)
  return isOne ? { step, offset } : undefined
}

/** Elements of a computed tensor at computed indices. */
function gather(lowering: Lowering, node: Gather): Place {
  const { name } = node
  const place = constantPlace(lowering, { name: node.inputs[0] ?? '', node: name })
  const { length, inner, outer } = axisOf(node, place.shape)
  const { operand, indexOf, picks } = indexTensor(lowering, node)
  const { lo, hi } = rangeOfInterval(lowering.intervalOf(operand))
  const isDirect = lo >= 0 && hi < length && indexOf(lo) === lo && indexOf(hi) === hi
  const index = isDirect
    ? operand
    : addTable(lowering, {
        ...{ operand, offset: lo },
        table: Array.from({ length: hi - lo + 1 }, (_, entry) => wrap(indexOf(lo + entry), length)),
      })
  const uniform = elementwiseSum(lowering, {
    ...{ name, terms: [{ place, coefficient: 1 }], target: { ...exactTarget(''), kind: 'raw' } },
  })
  const made: GatherNode = {
    ...{ op: 'gather', ...anyRange, count: outer * picks * inner, operands: [arrange(lowering, uniform), index] },
    window: {
      ...{ d1: picks, d2: inner, s0: length * inner, s1: 0, s2: 1, base: 0, run: 1 },
      ...{ n1: length, n2: 1, r1: inner, r2: 0, rowStride: 0 },
    },
    second: { t0: 0, t1: 1, t2: 0, base: 0, r1: 0 },
  }
  return placeAt({ node: lowering.addNode(made), shape: node.shape, step: uniformStep(uniform) ?? 1 })
}
