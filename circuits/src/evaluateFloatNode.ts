import { evaluateAveragePool, evaluateConv, evaluateConvTranspose, evaluateMaxPool } from './evaluateFloatWindows.ts'
import type { BinaryFunction, FloatNode, FloatNodeOf, Relation } from './floatGraph.ts'
import { broadcastMap, type FloatMove, moveMap, positions, stridesOf } from './moveMap.ts'
import { roundHalfEven, unaryFunction } from './unaryFunctions.ts'

/** The elements of a tensor: floats in single precision, integers and booleans in double. */
export type FloatValues = Float32Array | Float64Array
/** An operand of a node. */
export type FloatOperand = { shape: readonly number[]; values: FloatValues }

/**
 * What one node computes of its operands, which have the shapes the graph says. It defines the operator for calibration, for constant
 * folding and for the exact graph's tests.
 */
export function evaluateFloatNode(node: FloatNode, operands: FloatOperand[]): FloatValues {
  const count = node.shape.reduce((product, length) => product * length, 1)
  const output = node.type === 'float' ? new Float32Array(count) : new Float64Array(count)
  fill(node, operands, output)
  return output
}

const none: FloatOperand = { shape: [0], values: new Float32Array(0) }

function fill(node: FloatNode, operands: FloatOperand[], output: FloatValues): void {
  const [x = none, second = none, third = none] = operands
  switch (node.op) {
    case 'conv':
      evaluateConv({ node, x, weight: second, bias: third, output })
      return
    case 'convTranspose':
      evaluateConvTranspose({ node, x, weight: second, bias: third, output })
      return
    case 'maxPool':
      evaluateMaxPool({ node, x, output })
      return
    case 'averagePool':
      evaluateAveragePool({ node, x, output })
      return
    case 'gemm':
      evaluateGemm({ x, weight: second, bias: third, output })
      return
    case 'matMul':
      evaluateMatMul({ node, a: x, b: second, output })
      return
    case 'binary':
      eachPair({ node, operands, output }, binaryFunction(node))
      return
    case 'compare':
      eachPair({ node, operands, output }, relations[node.relation])
      return
    case 'unary': {
      const f = unaryFunction(node)
      for (let at = 0; at < output.length; at++) output[at] = f(x.values[at] ?? 0)
      return
    }
    case 'where': {
      const [c, yes, no] = [x, second, third].map((operand) => spread(operand, node.shape))
      for (let at = 0; at < output.length; at++) output[at] = (c?.[at] !== 0 ? yes?.[at] : no?.[at]) ?? 0
      return
    }
    case 'cast':
      for (let at = 0; at < output.length; at++) output[at] = castTo(node.type, x.values[at] ?? 0)
      return
    case 'softmax':
      evaluateSoftmax(node, x.values, output)
      return
    case 'layerNorm':
      evaluateLayerNorm({ node, x, scale: second, bias: third, output })
      return
    case 'reduce':
      evaluateReduce(node, x, output)
      return
    case 'argMax':
      evaluateArgMax(node, x, output)
      return
    case 'gather':
      evaluateGather(node, { data: x, indices: second }, output)
      return
    case 'treeEnsemble':
      evaluateTrees(node, x, output)
      return
    case 'quantizeLinear':
    case 'dequantizeLinear':
      evaluateLinearCode({ node, x, scale: second, zero: third, output })
      return
    default:
      evaluateMove(node, operands, output)
      return
  }
}

// a node's map is the same for every input; calibration evaluates a graph many times
const moveMaps = new WeakMap<FloatMove, Int32Array>()

function mapOf(node: FloatMove, operands: FloatOperand[]): Int32Array {
  const shapes = operands.map(({ shape }) => shape)
  const map = moveMaps.get(node) ?? moveMap(node, shapes)
  moveMaps.set(node, map)
  return map
}

function evaluateMove(node: FloatMove, operands: FloatOperand[], output: FloatValues) {
  const [first = none] = operands
  if (node.op === 'reshape') {
    output.set(first.values)
    return
  }
  const map = mapOf(node, operands)
  let all: FloatValues = first.values
  if (operands.length > 1) {
    all = new Float64Array(operands.reduce((sum, { values }) => sum + values.length, 0))
    let offset = 0
    for (const { values } of operands) {
      all.set(values, offset)
      offset += values.length
    }
  }
  const padding = node.op === 'pad' ? node.value : 0
  for (let at = 0; at < output.length; at++) {
    const from = map[at] ?? -1
    output[at] = from < 0 ? padding : (all[from] ?? 0)
  }
}

function castTo(type: FloatNode['type'], value: number): number {
  if (type === 'integer') return Math.trunc(value)
  return type === 'boolean' ? (value === 0 ? 0 : 1) : value
}

/** An operand's elements repeated to a shape. */
function spread({ values, shape }: FloatOperand, to: readonly number[]): FloatValues {
  if (shape.join() === to.join()) return values
  const map = broadcastMap(shape, to)
  const all = values instanceof Float32Array ? new Float32Array(map.length) : new Float64Array(map.length)
  for (let at = 0; at < map.length; at++) all[at] = values[map[at] ?? 0] ?? 0
  return all
}

type Pairwise = { node: FloatNode; operands: FloatOperand[]; output: FloatValues }

function eachPair({ node, operands, output }: Pairwise, f: (a: number, b: number) => number) {
  const [a = none.values, b = none.values] = operands.map((operand) => spread(operand, node.shape))
  for (let at = 0; at < output.length; at++) output[at] = f(a[at] ?? 0, b[at] ?? 0)
}

const binaryFunctions: Record<BinaryFunction, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  pow: (a, b) => a ** b,
  mod: (a, b) => a - Math.floor(a / b) * b,
  fmod: (a, b) => a % b,
}

/** A function of two numbers, with what integers do differently. */
export function binaryFunction({ function: name, type }: FloatNodeOf<'binary'>) {
  const f = binaryFunctions[name]
  return type === 'integer' && (name === 'div' || name === 'pow') ? (a: number, b: number) => Math.trunc(f(a, b)) : f
}

const relations: Record<Relation, (a: number, b: number) => number> = {
  equal: (a, b) => (a === b ? 1 : 0),
  less: (a, b) => (a < b ? 1 : 0),
  lessOrEqual: (a, b) => (a <= b ? 1 : 0),
  greater: (a, b) => (a > b ? 1 : 0),
  greaterOrEqual: (a, b) => (a >= b ? 1 : 0),
}

type Layer = { x: FloatOperand; weight: FloatOperand; bias: FloatOperand; output: FloatValues }

function evaluateGemm({ x, weight, bias, output }: Layer) {
  const [outCount = 0, inCount = 0] = weight.shape
  const [values, weights] = [x.values, weight.values]
  for (let at = 0; at < output.length; at++) {
    const out = at % outCount
    const start = ((at - out) / outCount) * inCount
    let sum = bias.values[out] ?? 0
    for (let k = 0; k < inCount; k++) sum += (weights[out * inCount + k] ?? 0) * (values[start + k] ?? 0)
    output[at] = sum
  }
}

type Product = { node: FloatNodeOf<'matMul'>; a: FloatOperand; b: FloatOperand; output: FloatValues }

function evaluateMatMul({ node, a, b, output }: Product) {
  const batch = node.shape.slice(0, -2)
  const [rows, columns, inner] = [node.shape.at(-2) ?? 1, node.shape.at(-1) ?? 1, a.shape.at(-1) ?? 1]
  const starts = (operand: FloatOperand, size: number) =>
    broadcastMap(operand.shape.slice(0, -2), batch).map((index) => index * size)
  const [startsOfA, startsOfB] = [starts(a, rows * inner), starts(b, inner * columns)]
  let at = 0
  for (const [index, startOfA] of startsOfA.entries()) {
    const startOfB = startsOfB[index] ?? 0
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0
        for (let k = 0; k < inner; k++) {
          sum += (a.values[startOfA + row * inner + k] ?? 0) * (b.values[startOfB + k * columns + column] ?? 0)
        }
        output[at++] = sum
      }
    }
  }
}

/** The lines along one axis: where each starts, how many elements it has and how far apart they stand. */
function linesAlong(shape: readonly number[], axis: number) {
  const strides = stridesOf(shape)
  return {
    starts: positions({ shape: shape.with(axis, 1), strides, start: 0 }),
    length: shape[axis] ?? 1,
    step: strides[axis] ?? 1,
  }
}

function evaluateSoftmax({ shape, axis }: FloatNodeOf<'softmax'>, values: FloatValues, output: FloatValues) {
  const { starts, length, step } = linesAlong(shape, axis)
  for (const start of starts) {
    let greatest = -Infinity
    for (let k = 0; k < length; k++) greatest = Math.max(greatest, values[start + k * step] ?? 0)
    let sum = 0
    for (let k = 0; k < length; k++) sum += Math.exp((values[start + k * step] ?? 0) - greatest)
    for (let k = 0; k < length; k++)
      output[start + k * step] = Math.exp((values[start + k * step] ?? 0) - greatest) / sum
  }
}

type Norm = {
  node: FloatNodeOf<'layerNorm'>
  x: FloatOperand
  scale: FloatOperand
  bias: FloatOperand
  output: FloatValues
}

function evaluateLayerNorm({ node, x, scale, bias, output }: Norm) {
  const size = node.shape.slice(node.axis).reduce((product, length) => product * length, 1)
  for (let start = 0; start < output.length; start += size) {
    const row = x.values.subarray(start, start + size)
    let [sum, squares] = [0, 0]
    for (const value of row) sum += value
    const mean = sum / size
    for (const value of row) squares += (value - mean) ** 2
    const deviation = Math.sqrt(squares / size + node.epsilon)
    for (let k = 0; k < size; k++) {
      output[start + k] = (((row[k] ?? 0) - mean) / deviation) * (scale.values[k] ?? 0) + (bias.values[k] ?? 0)
    }
  }
}

const reductions = {
  sum: { start: 0, add: (total: number, value: number) => total + value },
  mean: { start: 0, add: (total: number, value: number) => total + value },
  prod: { start: 1, add: (total: number, value: number) => total * value },
  max: { start: -Infinity, add: Math.max },
  min: { start: Infinity, add: Math.min },
}

function evaluateReduce(node: FloatNodeOf<'reduce'>, { shape, values }: FloatOperand, output: FloatValues) {
  const { start, add } = reductions[node.function]
  const reduced = shape.map((length, axis) => (node.axes.includes(axis) ? 1 : length))
  const map = broadcastMap(reduced, shape)
  const totals = new Float64Array(output.length).fill(start)
  for (let at = 0; at < values.length; at++) {
    const target = map[at] ?? 0
    totals[target] = add(totals[target] ?? 0, values[at] ?? 0)
  }
  const divisor = node.function === 'mean' ? values.length / output.length : 1
  for (let at = 0; at < output.length; at++) output[at] = (totals[at] ?? 0) / divisor
}

function evaluateArgMax({ axis }: FloatNodeOf<'argMax'>, { shape, values }: FloatOperand, output: FloatValues) {
  const { starts, length, step } = linesAlong(shape, axis)
  for (const [at, start] of starts.entries()) {
    let best = 0
    for (let k = 1; k < length; k++) {
      if ((values[start + k * step] ?? 0) > (values[start + best * step] ?? 0)) best = k
    }
    output[at] = best
  }
}

type GatherOperands = { data: FloatOperand; indices: FloatOperand }

function evaluateGather({ axis }: FloatNodeOf<'gather'>, { data, indices }: GatherOperands, output: FloatValues) {
  const length = data.shape[axis] ?? 1
  const inner = stridesOf(data.shape)[axis] ?? 1
  const picks = indices.values.length
  for (let at = 0; at < output.length; at++) {
    const rest = Math.floor(at / inner)
    const index = indices.values[rest % picks] ?? 0
    const from = Math.floor(rest / picks) * length + (index < 0 ? index + length : index)
    output[at] = data.values[from * inner + (at % inner)] ?? Number.NaN
  }
}

function evaluateTrees(node: FloatNodeOf<'treeEnsemble'>, x: FloatOperand, output: FloatValues) {
  const { trees, aggregate, base } = node
  const [features, targets] = [x.shape.at(-1) ?? 0, base.length]
  for (let row = 0; row * targets < output.length; row++) {
    const totals = new Map<number, number>()
    for (const { root, branches, leaves } of trees) {
      let child = root
      while (child >= 0) {
        const branch = branches[child]
        if (branch === undefined) break
        const { feature, relation, threshold, yes, no } = branch
        child = relations[relation](x.values[row * features + feature] ?? 0, threshold) === 1 ? yes : no
      }
      for (const { target, weight } of leaves[-1 - child] ?? []) {
        const before = totals.get(target)
        if (before === undefined) totals.set(target, weight)
        else totals.set(target, aggregate === 'sum' ? before + weight : Math[aggregate](before, weight))
      }
    }
    for (const [target, start] of base.entries()) output[row * targets + target] = start + (totals.get(target) ?? 0)
  }
}

type LinearCode = {
  node: FloatNodeOf<'quantizeLinear'> | FloatNodeOf<'dequantizeLinear'>
  x: FloatOperand
  scale: FloatOperand
  zero: FloatOperand
  output: FloatValues
}

function evaluateLinearCode({ node, x, scale, zero, output }: LinearCode) {
  const inner = stridesOf(node.shape)[node.axis] ?? 1
  const length = scale.values.length === 1 ? 1 : (node.shape[node.axis] ?? 1)
  for (let at = 0; at < output.length; at++) {
    const index = Math.floor(at / inner) % length
    const [step, offset, value] = [scale.values[index] ?? 1, zero.values[index] ?? 0, x.values[at] ?? 0]
    if (node.op === 'dequantizeLinear') output[at] = (value - offset) * step
    // the quotient is a float32, as in ONNX's own reference, so that ties are ties
    else output[at] = Math.min(node.hi, Math.max(node.lo, roundHalfEven(Math.fround(value / step)) + offset))
  }
}
