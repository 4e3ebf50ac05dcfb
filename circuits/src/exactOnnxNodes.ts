import { type ExactGraph, type NodeOf, nodeAt, type SecondWindow, type Window, weightAt } from './exactGraph.ts'
import { addOnnxNode, type OnnxBuilder, onnxConstant, onnxTensor } from './exactOnnxBuilder.ts'
import { TensorProto_DataType } from './onnxSchema.ts'
import { type Requantization, roundingHalf } from './primitives/requantize.ts'
import type { ComputedNode, ComputedOp } from './primitives/table.ts'

/*
 * The primitives in ONNX's operators on int64. Windows are positions made of small vectors, which a runtime adds once, and Gather:
 *
 *   linear   [d0, d1, k] reads · [k, d2] weights + biases (MatMul, Add); where reads differ by row, Mul and ReduceSum
 *   dot      [d0, d1, k] · [d0, k, d2] (MatMul); where a factor depends on more, Mul and ReduceSum
 *   product  Mul;  max ReduceMax;  argmax ArgMax;  compare Greater, GreaterOrEqual, Equal;  select Where
 *   lookup, gather, move   Gather of a table, of the operand, of the operands laid end to end with a 0 behind them
 *   rounding (s + half - Mod(s + half, 2^shift)) / 2^shift, exact whichever way Div rounds, then Clip (Where outside int32)
 */

type Context<N> = { graph: ExactGraph; node: N; names: string[] }
type Writers = { [O in ComputedOp]: (builder: OnnxBuilder, context: Context<NodeOf<O>>) => string }

/** Adds one node of an exact graph, given the names of the nodes before it, and returns the name of its flat int64 tensor. */
export function writeOnnxNode(builder: OnnxBuilder, context: Context<ComputedNode>): string {
  // The table's type says that each entry takes the nodes of its own operator, which is what it is asked with.
  const write = writers[context.node.op] as unknown as (builder: OnnxBuilder, context: Context<ComputedNode>) => string
  return write(builder, context)
}

const writers: Writers = {
  linear(builder, context) {
    const { graph, node } = context
    const { d2, s2, rowStride } = node.window
    const weights = { ...weightAt(graph, node.weight), name: `weight_${node.weight}` }
    const biases = { ...weightAt(graph, node.bias), name: `weight_${node.bias}`, shape: [d2] }
    const reads = readWindow(builder, { ...context, isShared: s2 === 0 })
    const weight = onnxTensor(builder, { ...weights, shape: [d2, rowStride] })
    const products =
      s2 === 0
        ? addOnnxNode(builder, { opType: 'MatMul', inputs: [reads, transpose(builder, weight, [1, 0])] })
        : sumLast(builder, addOnnxNode(builder, { opType: 'Mul', inputs: [reads, weight] }))
    const sum = addOnnxNode(builder, { opType: 'Add', inputs: [products, onnxTensor(builder, biases)] })
    return round(builder, flatten(builder, sum), node)
  },
  product(builder, { node, names }) {
    return round(builder, addOnnxNode(builder, { opType: 'Mul', inputs: operandNames(node.operands, names) }), node)
  },
  dot(builder, context) {
    const { graph, node, names } = context
    const { window, second } = node
    const outer = node.count / (window.d1 * window.d2)
    const isMatMul = window.s2 === 0 && second.t1 === 0
    const left = readWindow(builder, { ...context, isShared: isMatMul, operand: node.operands[0] })
    const right = gatherAt(builder, {
      ...{ name: names[node.operands[1]] ?? '', count: nodeAt(graph, node.operands[1]).count },
      axes: [
        ...secondAxes({ outer, window, second }).filter((_, axis) => !isMatMul || axis !== 1),
        { length: window.n1 * window.run, at: (k) => Math.floor(k / window.run) * second.r1 + (k % window.run) },
      ],
    })
    const sum = isMatMul
      ? addOnnxNode(builder, { opType: 'MatMul', inputs: [left, transpose(builder, right, [0, 2, 1])] })
      : sumLast(builder, addOnnxNode(builder, { opType: 'Mul', inputs: [left, right] }))
    return round(builder, flatten(builder, sum), node)
  },
  requantize(builder, { graph, node, names }) {
    const inputs = [...operandNames([node.operand], names), onnxConstant(builder, [node.multiplier])]
    const { lo, hi } = nodeAt(graph, node.operand)
    const reach = Math.max(-lo, hi) * Math.abs(node.multiplier)
    const isWide = (reach + roundingHalf(node.shift)) / 2 ** node.shift >= 2 ** 31
    return round(builder, addOnnxNode(builder, { opType: 'Mul', inputs }), { ...node, isWide })
  },
  max(builder, context) {
    const inputs = [readWindow(builder, { ...context, isShared: false })]
    const attributes = { axes: [3], keepdims: 0 }
    return flatten(builder, addOnnxNode(builder, { opType: 'ReduceMax', inputs, attributes }))
  },
  argmax(builder, context) {
    const inputs = [readWindow(builder, { ...context, isShared: false })]
    const attributes = { axis: 3, keepdims: 0, select_last_index: 0 }
    return flatten(builder, addOnnxNode(builder, { opType: 'ArgMax', inputs, attributes }))
  },
  compare(builder, { graph, node, names }) {
    const { against, relation, operand, count } = node
    const constants = 'weight' in against ? weightAt(graph, against.weight) : undefined
    const other =
      'weight' in against && constants
        ? onnxTensor(builder, { ...constants, name: `weight_${against.weight}`, shape: [count] })
        : (names['operand' in against ? against.operand : 0] ?? '')
    const opType = { greater: 'Greater', greaterOrEqual: 'GreaterOrEqual', equal: 'Equal' }[relation]
    const truth = addOnnxNode(builder, { opType, inputs: [names[operand] ?? '', other] })
    return addOnnxNode(builder, { opType: 'Cast', inputs: [truth], attributes: { to: TensorProto_DataType.INT64 } })
  },
  select(builder, { node, names }) {
    const [condition = '', ...chosen] = operandNames(node.operands, names)
    const attributes = { to: TensorProto_DataType.BOOL }
    const truth = addOnnxNode(builder, { opType: 'Cast', inputs: [condition], attributes })
    return addOnnxNode(builder, { opType: 'Where', inputs: [truth, ...chosen] })
  },
  lookup(builder, context) {
    const { graph, node } = context
    const { d2, rowStride } = node.window
    const table = weightAt(graph, node.weight)
    const reads = readWindow(builder, { ...context, isShared: false })
    const rows = Array.from({ length: rowStride === 0 ? 1 : d2 }, (_, row) => row * rowStride - node.offset)
    const starts = onnxConstant(builder, rows, [rows.length, 1])
    const at = addOnnxNode(builder, { opType: 'Add', inputs: [reads, starts] })
    const values = onnxTensor(builder, { ...table, name: `weight_${node.weight}`, shape: [table.values.length] })
    return flatten(builder, addOnnxNode(builder, { opType: 'Gather', inputs: [values, at] }))
  },
  gather(builder, { graph, node, names }) {
    const { window, second, operands } = node
    const outer = node.count / (window.d1 * window.d2)
    const [data = '', indices = ''] = operandNames(operands, names)
    const count = nodeAt(graph, operands[1]).count
    const candidate = gatherAt(builder, { name: indices, count, axes: secondAxes({ outer, window, second }) })
    const steps = addOnnxNode(builder, { opType: 'Mul', inputs: [candidate, onnxConstant(builder, [window.r1])] })
    const starts = positions(builder, elementAxes({ outer, window }))
    const at = addOnnxNode(builder, { opType: 'Add', inputs: [steps, starts] })
    return flatten(builder, addOnnxNode(builder, { opType: 'Gather', inputs: [data, at] }))
  },
  move(builder, { graph, node, names }) {
    const { values } = weightAt(graph, node.weight)
    const total = node.operands.reduce((sum, operand) => sum + nodeAt(graph, operand).count, 0)
    const hasZeros = values.includes(-1)
    const parts = [...operandNames(node.operands, names), ...(hasZeros ? [onnxConstant(builder, [0], [1])] : [])]
    const [first = ''] = parts
    const whole =
      parts.length === 1 ? first : addOnnxNode(builder, { opType: 'Concat', inputs: parts, attributes: { axis: 0 } })
    // Beside the map that the graph holds, -1 means the last element of a tensor in Gather: here the 0.
    const map = hasZeros ? values.map((entry) => (entry < 0 ? total : entry)) : values
    const name = `weight_${node.weight}${hasZeros ? `_of_${total}` : ''}`
    const at = onnxTensor(builder, { name, width: 4, values: map, shape: [node.count] })
    return addOnnxNode(builder, { opType: 'Gather', inputs: [whole, at] })
  },
}

/** One axis of a grid of positions: `at(i)` is what index i adds. */
type Axis = { length: number; at: (index: number) => number }

/** Where elements (i0, i1, i2) begin to read. */
function elementAxes({ outer, window }: { outer: number; window: Window }): Axis[] {
  const { d1, d2, s0, s1, s2, base } = window
  return [
    { length: outer, at: (index) => base + index * s0 },
    { length: d1, at: (index) => index * s1 },
    { length: d2, at: (index) => index * s2 },
  ]
}

function secondAxes({ outer, window, second }: { outer: number; window: Window; second: SecondWindow }): Axis[] {
  const { t0, t1, t2, base } = second
  return elementAxes({ outer, window: { ...window, base, s0: t0, s1: t1, s2: t2 } })
}

/** The reads of a node's elements: [d0, d1, d2, k], or [d0, d1, k] where all elements along i2 share theirs. */
function readWindow(
  builder: OnnxBuilder,
  context: {
    graph: ExactGraph
    names: string[]
    node: { window: Window; count: number; operand?: number }
    isShared: boolean
    operand?: number
  },
): string {
  const { graph, names, node, isShared, operand = node.operand ?? 0 } = context
  const { d1, d2, run, n1, n2, r1, r2 } = node.window
  const outer = node.count / (d1 * d2)
  const axes = elementAxes({ outer, window: node.window })
  const reads: Axis = {
    length: n1 * n2 * run,
    at: (k) => Math.floor(k / (n2 * run)) * r1 + (Math.floor(k / run) % n2) * r2 + (k % run),
  }
  const used = isShared ? axes.slice(0, 2) : axes
  return gatherAt(builder, {
    ...{ name: names[operand] ?? '', count: nodeAt(graph, operand).count, axes: [...used, reads] },
  })
}

/** The elements of a flat tensor at a grid of positions; a reshape where these are all elements in order. */
function gatherAt(builder: OnnxBuilder, { name, count, axes }: { name: string; count: number; axes: Axis[] }): string {
  if (isInOrder(axes, count)) return reshape(builder, name, lengths(axes))
  return addOnnxNode(builder, { opType: 'Gather', inputs: [name, positions(builder, axes)] })
}

/** The sums of the axes' positions, a tensor with their lengths. */
function positions(builder: OnnxBuilder, axes: Axis[]): string {
  const vectors = axes.map(({ length, at }, axis) =>
    onnxConstant(
      builder,
      Array.from({ length }, (_, index) => at(index)),
      [length, ...axes.slice(axis + 1).map(() => 1)],
    ),
  )
  const [first = '', ...others] = vectors
  return others.reduce((sum, vector) => addOnnxNode(builder, { opType: 'Add', inputs: [sum, vector] }), first)
}

function isInOrder(axes: Axis[], count: number): boolean {
  let expected = 1
  for (const { length, at } of [...axes].reverse()) {
    for (let index = 0; index < length; index++) {
      if (at(index) !== index * expected) return false
    }
    expected *= length
  }
  return expected === count
}

const lengths = (axes: Axis[]) => axes.map(({ length }) => length)

function reshape(builder: OnnxBuilder, name: string, shape: number[]): string {
  return addOnnxNode(builder, { opType: 'Reshape', inputs: [name, onnxConstant(builder, shape, [shape.length])] })
}

function flatten(builder: OnnxBuilder, name: string): string {
  return reshape(builder, name, [-1])
}

function transpose(builder: OnnxBuilder, name: string, perm: number[]): string {
  const known = builder.constants.get(`${name} transposed`)
  if (known !== undefined) return known
  const turned = addOnnxNode(builder, { opType: 'Transpose', inputs: [name], attributes: { perm } })
  builder.constants.set(`${name} transposed`, turned)
  return turned
}

function sumLast(builder: OnnxBuilder, name: string): string {
  const inputs = [name, onnxConstant(builder, [-1], [1])]
  return addOnnxNode(builder, { opType: 'ReduceSum', inputs, attributes: { keepdims: 0 } })
}

/** clamp((sum + half) >> shift, lo, hi), see primitives/requantize.ts; a wide one may leave int32 before it is clamped. */
function round(
  builder: OnnxBuilder,
  sum: string,
  { shift, lo, hi, isWide = false }: Requantization & { isWide?: boolean },
): string {
  let value = sum
  if (shift > 0) {
    const raised = addOnnxNode(builder, { opType: 'Add', inputs: [sum, onnxConstant(builder, [roundingHalf(shift)])] })
    value = floorDivide(builder, raised, 2 ** shift)
  }
  if (isWide) value = saturate(builder, value)
  const bounds = [onnxConstant(builder, [lo]), onnxConstant(builder, [hi])]
  return addOnnxNode(builder, { opType: 'Clip', inputs: [value, ...bounds] })
}

/** ⌊value / divisor⌋. */
function floorDivide(builder: OnnxBuilder, value: string, divisor: number): string {
  const step = onnxConstant(builder, [divisor])
  const rest = addOnnxNode(builder, { opType: 'Mod', inputs: [value, step] })
  const multiple = addOnnxNode(builder, { opType: 'Sub', inputs: [value, rest] })
  return addOnnxNode(builder, { opType: 'Div', inputs: [multiple, step] })
}

/**
 * The nearest integer of 32 bits, by how often 2^31 goes into the value: Clip of int64 in onnxruntime 1.27 leaves some values just
 * outside int32 as they are, -2400937993 below a bound of -2^31 for one. What is compared here fits 32 bits.
 */
function saturate(builder: OnnxBuilder, value: string): string {
  const times = floorDivide(builder, value, 2 ** 31)
  const isOver = addOnnxNode(builder, { opType: 'Greater', inputs: [times, onnxConstant(builder, [0])] })
  const isUnder = addOnnxNode(builder, { opType: 'Less', inputs: [times, onnxConstant(builder, [-1])] })
  const [most, least] = [onnxConstant(builder, [2 ** 31 - 1]), onnxConstant(builder, [-(2 ** 31)])]
  const low = addOnnxNode(builder, { opType: 'Where', inputs: [isUnder, least, value] })
  return addOnnxNode(builder, { opType: 'Where', inputs: [isOver, most, low] })
}

function operandNames(operands: readonly number[], names: string[]): string[] {
  return operands.map((operand) => names[operand] ?? '')
}
