import { evaluateFloatNode, type FloatValues } from '../evaluateFloatNode.ts'
import type {
  BinaryFunction,
  ElementType,
  FloatConstant,
  FloatNode,
  FloatTensor,
  UnaryFunction,
} from '../floatGraph.ts'
import type { Attributes } from '../onnxAttributes.ts'
import { OnnxFileError, OnnxLimitError, quote, UnsupportedOperatorError } from '../onnxErrors.ts'
import { type NodeProto, type TensorProto, TensorProto_DataType } from '../onnxSchema.ts'
import { checkShape, countElements, type ExternalData, readTensor, type TensorLimits } from '../onnxTensor.ts'

/** A tensor that a node reads or makes: constant, or computed from the graph's input. */
export type Operand = FloatTensor & {
  dataType: TensorProto_DataType
  /** undefined where it is computed */
  constant: FloatConstant | undefined
}

/** The state of reading a graph. */
export type Lowering = {
  /** version of each operator set, by domain */
  opsets: { onnx: number; ml: number }
  /** weights of the file that nothing has read yet */
  tensors: Map<string, TensorProto>
  external: ExternalData
  /** the file's tensors as far as they are known; some stand for another one (Identity), under its name */
  operands: Map<string, Operand>
  nodes: FloatNode[]
  /** what the nodes read of weights and of what was computed from them alone */
  constants: Map<string, FloatConstant>
  limits: TensorLimits & { nodes: number; weights: number; work: number }
  /** elements of all constants read or computed */
  weightCount: number
  /** multiplications and copies spent on computing constants */
  workCount: number
  /** names that cannot be given to a tensor */
  taken: Set<string>
  /** class names, where a node made an answer's number stand for a text */
  labels: string[] | undefined
}

// Distributes over the union, so that each operator keeps its own fields.
type Unnamed<Node> = Node extends FloatNode ? Omit<Node, 'name' | 'output' | 'inputs'> & { inputs: Operand[] } : never
/** A node without its names. */
export type NewNode = Unnamed<FloatNode>

/** One ONNX node in the graph that is being read. */
export type Site = { lowering: Lowering; node: NodeProto; attributes: Attributes }

/** How one ONNX operator is read. */
export type Operator = {
  /** the attributes it may have */
  attributes: readonly string[]
  inputs: readonly [least: number, most: number]
  /** gives the node's outputs in their order; one output may stand alone */
  lower: (site: Site) => Operand | (Operand | undefined)[]
}

/** The error for a form of an operator that cannot be used; `reason` says what is, and what is supported. */
export function refuse({ node }: Pick<Site, 'node'>, reason: string): UnsupportedOperatorError {
  return new UnsupportedOperatorError({ nodeName: fileNameOf(node), operator: node.opType, reason })
}

/**
 * A tensor by its name in the file; a weight is read when it is first asked for.
 * @throws OnnxFileError when nothing before makes it, and what reading a weight throws
 */
export function findOperand(lowering: Lowering, { name, reader }: { name: string; reader: string }): Operand {
  const known = lowering.operands.get(name)
  if (known !== undefined) return known
  const tensor = lowering.tensors.get(name)
  if (tensor === undefined) {
    const problem = `${reader} reads the tensor ${quote(name)} before anything makes it`
    throw new OnnxFileError({ problem })
  }
  const operand = readConstant(lowering, { name, tensor })
  lowering.operands.set(name, operand)
  return operand
}

/** A weight of the file as an operand. */
export function readConstant(lowering: Lowering, { name, tensor }: { name: string; tensor: TensorProto }): Operand {
  const constant = readTensor(tensor, { limits: lowering.limits, external: lowering.external })
  countWeights(lowering, constant.values.length)
  return { name, shape: constant.shape, type: constant.type, dataType: tensor.dataType, constant }
}

/** The node's input number `index`, which must be there. */
export function operand(site: Site, index: number): Operand {
  const found = optionalOperand(site, index)
  if (found !== undefined) return found
  throw refuse(site, `its input ${index} is missing`)
}

/** The node's input number `index`, undefined where it is left out. */
export function optionalOperand({ lowering, node }: Site, index: number): Operand | undefined {
  const name = node.input[index] ?? ''
  return name === '' ? undefined : findOperand(lowering, { name, reader: `node ${quote(fileNameOf(node))}` })
}

/** The constant that the node's input number `index` must be. */
export function constantOperand(site: Site, index: number): Operand & { constant: FloatConstant } {
  const found = operand(site, index)
  const { constant } = found
  if (constant !== undefined) return { ...found, constant }
  throw refuse(site, `its input ${quote(found.name)} is computed; supported is a constant there`)
}

/** The numbers of a constant input, such as axes; undefined where it is left out. A list has as many entries as a tensor has dimensions, or few more. */
export function constantNumbers(site: Site, index: number): number[] | undefined {
  if (optionalOperand(site, index) === undefined) return undefined
  const { constant } = constantOperand(site, index)
  const allowed = site.lowering.limits.rank * 2
  if (constant.values.length <= allowed && constant.shape.length <= 1) return Array.from(constant.values)
  throw refuse(site, `its input ${index} has the shape [${listOf(constant.shape)}]; allowed is a list of ${allowed}`)
}

/** A constant made here, not in the file. */
export function makeConstant(
  site: Site,
  { values, shape, type = 'float' }: { values: ArrayLike<number>; shape: number[]; type?: ElementType },
): Operand {
  const stored: FloatValues = type === 'float' ? Float32Array.from(values) : Float64Array.from(values)
  countWeights(site.lowering, stored.length)
  return {
    name: freshName(site),
    shape,
    type,
    dataType: dataTypeOf(type),
    constant: { shape, type, values: stored },
  }
}

/**
 * Adds a node; where all it reads is constant, it is computed now and its result is a constant.
 * @throws OnnxLimitError when it makes the graph, the tensor or the work larger than allowed
 */
export function emit(site: Site, made: NewNode): Operand {
  const { lowering } = site
  const { inputs, ...rest } = made
  const count = checkShape(rest.shape, lowering.limits)
  const output = freshName(site)
  // Unnamed took exactly these fields away, so the whole is one of the union's nodes again
  const node = { ...rest, name: nameOf(site), inputs: inputs.map(({ name }) => name), output } as FloatNode
  const result = { name: output, shape: node.shape, type: node.type, dataType: dataTypeOf(node.type) }
  const constants = inputs.flatMap(({ constant }) => (constant === undefined ? [] : [constant]))
  if (constants.length === inputs.length) {
    spendWork(lowering, workOf(node, inputs))
    countWeights(lowering, count)
    const values = evaluateFloatNode(node, constants)
    return { ...result, constant: { shape: node.shape, type: node.type, values } }
  }
  if (count === 0) throw refuse(site, `it makes a tensor without elements, of shape [${listOf(node.shape)}]`)
  if (lowering.nodes.length >= lowering.limits.nodes) {
    throw new OnnxLimitError({ what: 'nodes', actual: lowering.nodes.length + 1, allowed: lowering.limits.nodes })
  }
  lowering.nodes.push(node)
  for (const { name, constant } of inputs) {
    if (constant !== undefined) lowering.constants.set(name, constant)
  }
  return { ...result, constant: undefined }
}

/** A function of two operands whose shapes broadcast. */
export function binary(site: Site, [name, a, b]: [BinaryFunction, Operand, Operand]): Operand {
  const shape = broadcastShapes(site, [a.shape, b.shape])
  const made = emit(site, { op: 'binary', function: name, inputs: [a, b], shape, type: a.type })
  return a.type === 'integer' ? { ...made, dataType: a.dataType } : made
}

/** A function of each element. */
export function unary(
  site: Site,
  [name, x, alpha = 0, beta = 0]: [name: UnaryFunction, x: Operand, alpha?: number, beta?: number],
): Operand {
  const type = name === 'not' || name === 'isNaN' ? 'boolean' : x.type
  const made = emit(site, { op: 'unary', function: name, alpha, beta, inputs: [x], shape: x.shape, type })
  return type === 'integer' ? { ...made, dataType: x.dataType } : made
}

/** The elements under another shape; nothing where it is the same. */
export function reshape(site: Site, [x, shape]: [x: Operand, shape: number[]]): Operand {
  if (shape.join() === x.shape.join()) return x
  if (x.constant !== undefined) {
    // the values are shared: a reshape of a weight costs nothing
    return { ...x, name: freshName(site), shape, constant: { ...x.constant, shape } }
  }
  return { ...emit(site, { op: 'reshape', inputs: [x], shape, type: x.type }), dataType: x.dataType }
}

/** The dimensions in another order; nothing where it is the same. */
export function transpose(site: Site, [x, order]: [x: Operand, order: number[]]): Operand {
  if (order.every((from, axis) => from === axis)) return x
  const shape = order.map((axis) => x.shape[axis] ?? 1)
  return { ...emit(site, { op: 'transpose', order, inputs: [x], shape, type: x.type }), dataType: x.dataType }
}

/** Elements picked along an axis by a constant list of numbers. */
export function pick(site: Site, [x, axis, indices]: [x: Operand, axis: number, indices: number[]]): Operand {
  if (indices.length === x.shape[axis] && indices.every((index, at) => index === at)) return x
  const list = makeConstant(site, { values: indices, shape: [indices.length], type: 'integer' })
  const shape = x.shape.with(axis, indices.length)
  return { ...emit(site, { op: 'gather', axis, inputs: [x, list], shape, type: x.type }), dataType: x.dataType }
}

/**
 * Makes room for a list of numbers that a few bytes of the file ask for, before it is built: each costs as much as many operations.
 * @throws OnnxLimitError
 */
export function reserveNumbers({ lowering }: Site, count: number): void {
  spendWork(lowering, count * 256)
}

/** The shape that shapes broadcast to, by numpy's rule. */
export function broadcastShapes(site: Site, shapes: number[][]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length))
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((length) => length !== 1)
    const [length = 1] = lengths
    if (lengths.every((other) => other === length)) return length
    const all = shapes.map((shape) => `[${listOf(shape)}]`).join(' and ')
    throw refuse(site, `its operands have the shapes ${all}, which do not broadcast to one`)
  })
}

/** A dimension by its number, which may count from the end. */
export function readAxis(site: Site, [axis, rank]: [axis: number, rank: number]): number {
  const wanted = axis < 0 ? axis + rank : axis
  if (Number.isInteger(axis) && wanted >= 0 && wanted < rank) return wanted
  throw refuse(site, `its axis is ${axis}; its input has ${rank} dimensions`)
}

/** Distinct dimensions, ascending. */
export function readAxes(site: Site, [axes, rank]: [axes: number[], rank: number]): number[] {
  const wanted = axes.map((axis) => readAxis(site, [axis, rank])).sort((a, b) => a - b)
  if (new Set(wanted).size === wanted.length) return wanted
  throw refuse(site, `its axes [${listOf(axes)}] name a dimension twice`)
}

/** The first lengths of a shape, for a message. */
export function listOf(lengths: readonly (number | bigint)[]): string {
  return lengths.length > 8 ? `${lengths.slice(0, 8).join(', ')}, …` : lengths.join(', ')
}

/** The name of a node in the file, or where it has none, of its first output. */
export function fileNameOf({ name, output }: NodeProto): string {
  return name === '' ? (output.find((made) => made !== '') ?? '') : name
}

/** The name of a node in the file, or one made of its operator. */
export function nameOf({ lowering, node }: Site): string {
  return node.name === '' ? `${node.opType.toLowerCase()}${lowering.nodes.length + 1}` : node.name
}

/** Counts elements of constants against the limit. */
function countWeights(lowering: Lowering, count: number) {
  lowering.weightCount += count
  if (lowering.weightCount <= lowering.limits.weights) return
  throw new OnnxLimitError({ what: 'weights', actual: lowering.weightCount, allowed: lowering.limits.weights })
}

function spendWork(lowering: Lowering, work: number) {
  lowering.workCount += work
  if (lowering.workCount <= lowering.limits.work) return
  const what = 'operations on constants alone'
  throw new OnnxLimitError({ what, actual: lowering.workCount, allowed: lowering.limits.work })
}

/** An upper bound of the element operations that computing a node takes. */
function workOf(node: FloatNode, inputs: Operand[]): number {
  const sizes = inputs.map(({ shape }) => countElements(shape))
  const copies = countElements(node.shape) + sizes.reduce((sum, size) => sum + size, 0)
  const [, second = 1] = sizes
  if (node.op === 'conv' || node.op === 'convTranspose') return countElements(node.shape) * second + copies
  if (node.op === 'maxPool' || node.op === 'averagePool') return copies * (node.kernel[0] * node.kernel[1] + 1)
  if (node.op === 'gemm' || node.op === 'matMul') {
    return countElements(node.shape) * (inputs[0]?.shape.at(-1) ?? 1) + copies
  }
  if (node.op === 'treeEnsemble') {
    return copies + countElements(node.shape) * node.trees.reduce((sum, { branches }) => sum + branches.length, 0)
  }
  return copies
}

function freshName({ lowering, node }: Site): string {
  const base = node.output.find((name) => name !== '') ?? node.opType
  for (let number = 1; ; number++) {
    const name = `${base}.${number}`
    if (lowering.taken.has(name)) continue
    lowering.taken.add(name)
    return name
  }
}

function dataTypeOf(type: ElementType): TensorProto_DataType {
  if (type === 'float') return TensorProto_DataType.FLOAT
  return type === 'integer' ? TensorProto_DataType.INT64 : TensorProto_DataType.BOOL
}
