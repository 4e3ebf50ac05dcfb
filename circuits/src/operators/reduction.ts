import {
  binary,
  constantNumbers,
  emit,
  makeConstant,
  type Operand,
  type Operator,
  operand,
  readAxes,
  readAxis,
  refuse,
  reshape,
  type Site,
  unary,
} from './site.ts'

type Reduction = 'sum' | 'mean' | 'max' | 'min' | 'prod'

type Steps = {
  before?: (site: Site, x: Operand) => Operand
  after?: (site: Site, total: Operand) => Operand
}

const reduction = (name: Reduction, { before, after }: Steps = {}): Operator => ({
  attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
  inputs: [1, 2],
  lower: (site) => {
    const given = operand(site, 0)
    const x = before === undefined ? given : before(site, given)
    const axes = readReducedAxes(site, x.shape.length)
    const total = reduce(site, { name, x, axes, keep: site.attributes.integer('keepdims', 1) !== 0 })
    return after === undefined ? total : after(site, total)
  },
})

const square = (site: Site, x: Operand) => binary(site, ['mul', x, x])

/** ONNX's operators that make one element of many. */
export const reductionOperators: Record<string, Operator> = {
  ArgMax: { attributes: ['axis', 'keepdims', 'select_last_index'], inputs: [1, 1], lower: lowerArgMax },
  ArgMin: { attributes: ['axis', 'keepdims', 'select_last_index'], inputs: [1, 1], lower: lowerArgMax },
  ReduceL1: reduction('sum', { before: (site, x) => unary(site, ['abs', x]) }),
  ReduceL2: reduction('sum', { before: square, after: (site, total) => unary(site, ['sqrt', total]) }),
  ReduceLogSum: reduction('sum', { after: (site, total) => unary(site, ['log', total]) }),
  ReduceLogSumExp: {
    attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
    inputs: [1, 2],
    lower: lowerLogSumExp,
  },
  ReduceMax: reduction('max'),
  ReduceMean: reduction('mean'),
  ReduceMin: reduction('min'),
  ReduceProd: reduction('prod'),
  ReduceSum: reduction('sum'),
  ReduceSumSquare: reduction('sum', { before: square }),
  TopK: { attributes: ['axis', 'largest', 'sorted'], inputs: [2, 2], lower: lowerTopK },
}

type Reduce = { name: Reduction; x: Operand; axes: number[]; keep: boolean }

/** One number for all elements along `axes`; nothing where there are none. */
export function reduce(site: Site, { name, x, axes, keep }: Reduce): Operand {
  if (axes.length === 0) return x
  const full = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
  const shape = keep ? full : full.filter((_, axis) => !axes.includes(axis))
  return {
    ...emit(site, { op: 'reduce', function: name, axes, inputs: [x], shape, type: x.type }),
    dataType: x.dataType,
  }
}

/** The axes of an input (since opset 18, of ReduceSum always) or of an attribute; without any, all or none. */
function readReducedAxes(site: Site, rank: number): number[] {
  const given = constantNumbers(site, 1) ?? site.attributes.integers('axes') ?? []
  if (given.length > 0) return readAxes(site, [given, rank])
  const none = site.attributes.integer('noop_with_empty_axes', 0) !== 0
  return none ? [] : Array.from({ length: rank }, (_, axis) => axis)
}

/** `max + log Σ exp(x - max)`, which does not overflow. */
function lowerLogSumExp(site: Site) {
  const x = operand(site, 0)
  const axes = readReducedAxes(site, x.shape.length)
  const keep = site.attributes.integer('keepdims', 1) !== 0
  const greatest = reduce(site, { name: 'max', x, axes, keep: true })
  const powers = unary(site, ['exp', binary(site, ['sub', x, greatest])])
  const total = unary(site, ['log', reduce(site, { name: 'sum', x: powers, axes, keep })])
  return binary(site, ['add', reshape(site, [greatest, total.shape]), total])
}

type Position = { x: Operand; axis: number; keep: boolean; least: boolean; last: boolean }

/** Position of the greatest or least element, the first or last of equals. */
export function argMax(site: Site, { x, axis, keep, least, last }: Position): Operand {
  const length = x.shape[axis] ?? 1
  const upright = least ? unary(site, ['neg', x]) : x
  const ordered = last ? reversed(site, [upright, axis]) : upright
  const shape = keep ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1)
  const position = emit(site, { op: 'argMax', axis, inputs: [ordered], shape, type: 'integer' })
  if (!last) return position
  const end = makeConstant(site, { values: [length - 1], shape: [], type: 'integer' })
  return binary(site, ['sub', end, position])
}

/** The elements along an axis from the last to the first. */
function reversed(site: Site, [x, axis]: [Operand, number]): Operand {
  const starts = x.shape.map((length, at) => (at === axis ? length - 1 : 0))
  const steps = x.shape.map((_, at) => (at === axis ? -1 : 1))
  return emit(site, { op: 'slice', starts, steps, inputs: [x], shape: x.shape, type: x.type })
}

function lowerArgMax(site: Site) {
  const x = operand(site, 0)
  const { attributes } = site
  return argMax(site, {
    x,
    axis: readAxis(site, [attributes.integer('axis', 0), x.shape.length]),
    keep: attributes.integer('keepdims', 1) !== 0,
    least: site.node.opType === 'ArgMin',
    last: attributes.integer('select_last_index', 0) !== 0,
  })
}

/** The greatest or least element and its position. */
function lowerTopK(site: Site) {
  const x = operand(site, 0)
  const [k = 0] = constantNumbers(site, 1) ?? []
  if (k !== 1) throw refuse(site, `k is ${k}; supported is 1, the greatest or least alone`)
  const axis = readAxis(site, [site.attributes.integer('axis', -1), x.shape.length])
  const least = site.attributes.integer('largest', 1) === 0
  const [values, positions] = site.node.output
  return [
    values ? reduce(site, { name: least ? 'min' : 'max', x, axes: [axis], keep: true }) : undefined,
    positions ? argMax(site, { x, axis, keep: true, least, last: false }) : undefined,
  ]
}
