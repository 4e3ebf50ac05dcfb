import { boundMasks } from './boundMasks.ts'
import { decodeOnnx } from './decodeOnnx.ts'
import type { FloatValues } from './evaluateFloatNode.ts'
import type { FloatGraph, FloatTensor } from './floatGraph.ts'
import { foldAffine } from './foldAffine.ts'
import { lowerNode } from './lowerOnnx.ts'
import {
  DynamicShapeError,
  OnnxFileError,
  quote,
  TensorShapeError,
  UnsupportedModelError,
  WeightNotFiniteError,
} from './onnxErrors.ts'
import { type GraphProto, type NodeProto, TensorProto_DataType, type ValueInfoProto } from './onnxSchema.ts'
import { checkShape, type ExternalData, elementTypeOf, type TensorLimits } from './onnxTensor.ts'
import { findOperand, type Lowering, type Operand } from './operators/site.ts'
import type { ScanLimits } from './scanProtobuf.ts'

/** What a file may hold at most. */
export type OnnxLimits = ScanLimits & TensorLimits & { bytes: number; nodes: number; weights: number; work: number }

/** Room for the largest models that fit a circuit many times over, and little enough to parse in a browser. */
export const onnxLimits: OnnxLimits = {
  bytes: 512 * 2 ** 20,
  nodes: 10_000,
  rank: 8,
  elements: 2 ** 26,
  weights: 2 ** 27,
  work: 2 ** 30,
  nesting: 16,
  messages: 2 ** 20,
  integers: 2 ** 22,
  floats: 2 ** 26,
  textBytes: 2 ** 24,
}

/** What a caller may say about reading a model. */
export type ParseOptions = {
  limits?: Partial<OnnxLimits>
  /** files that hold weights beside the model, by the location that the model gives; nothing is ever opened by its path */
  external?: ExternalData
  /** the output to compute, where the model has several; by default its only one of floats */
  output?: string
}

/** A float graph, and what its output's numbers are called where the model names them: the classes of a classifier. */
export type ParsedModel = { graph: FloatGraph; labels: string[] | undefined }

/**
 * Reads an ONNX model (opset 13 to 21, ai.onnx.ml 1 to 5) as a graph of few operators; docs/operators.md lists what it may
 * use. What depends on constants alone is computed, nodes the output does not depend on are ignored, affine maps become part of
 * the layer before them, and a batch dimension without a fixed length becomes 1.
 * @param bytes the file; not kept, not changed
 * @throws OnnxFileError, OnnxLimitError, UnsupportedModelError, UnsupportedOperatorError, DynamicShapeError,
 *   TensorShapeError, WeightNotFiniteError, and nothing else, whatever the bytes
 */
export function parseOnnx(bytes: Uint8Array, options: ParseOptions = {}): FloatGraph {
  return parseOnnxModel(bytes, options).graph
}

/**
 * Reads an ONNX model as {@link parseOnnx} does, with the names of its classes.
 * @throws as {@link parseOnnx}
 */
export function parseOnnxModel(bytes: Uint8Array, { limits, external, output }: ParseOptions = {}): ParsedModel {
  const allowed = { ...onnxLimits, ...limits }
  const { graph, opsets } = decodeOnnx(bytes, allowed)
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]))
  if (tensors.size < graph.initializer.length) throw new OnnxFileError({ problem: 'two weights have the same name' })
  const input = readInput(graph, allowed)
  const declared = readOutput(graph, output)
  const taken = new Set([input.name, ...tensors.keys()])
  const live = liveNodes(graph, { output: declared.name, taken })
  const lowering: Lowering = {
    opsets,
    tensors,
    external: external ?? new Map(),
    operands: new Map([[input.name, input]]),
    nodes: [],
    constants: new Map(),
    limits: allowed,
    weightCount: 0,
    workCount: 0,
    taken: new Set([...taken, ...graph.node.flatMap((node) => node.output)]),
    labels: undefined,
  }
  for (const node of live) lowerNode(lowering, node)
  const result = findOperand(lowering, { name: declared.name, reader: 'the graph' })
  if (result.constant !== undefined || lowering.nodes.length === 0 || result.name === input.name) {
    throw new UnsupportedModelError({
      what: `an output ${quote(declared.name)} that does not depend on its input`,
      remedy: 'export a model that computes something',
    })
  }
  checkDeclared(declared, result)
  const { name, shape, type } = result
  const read = {
    input: { name: input.name, shape: input.shape, type: input.type },
    output: { name, shape, type },
    constants: lowering.constants,
    nodes: lowering.nodes,
  }
  const pruned = boundMasks(prune(read))
  checkFinite(pruned, lowering)
  return { graph: prune(foldAffine(pruned)), labels: lowering.labels }
}

/** Refuses constants that are not finite, by the weight of the file that they come from where one is not finite itself. */
function checkFinite({ constants }: FloatGraph, { operands, tensors }: Lowering) {
  const wrong = (values: FloatValues) => values.findIndex((value) => !Number.isFinite(value))
  const found = [...constants].find(([, { values }]) => wrong(values) >= 0)
  if (found === undefined) return
  const weights = [...operands].filter(([name]) => tensors.has(name))
  const source = weights.find(([, { constant }]) => constant !== undefined && wrong(constant.values) >= 0)
  const [tensor, { values }] = source?.[1].constant === undefined ? found : [source[0], source[1].constant]
  const index = wrong(values)
  throw new WeightNotFiniteError({ tensor, index, value: values[index] ?? Number.NaN })
}

/** The graph without nodes and constants that its output does not depend on. */
function prune(graph: FloatGraph): FloatGraph {
  const needed = new Set([graph.output.name])
  const nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      if (!needed.has(node.output)) return false
      for (const name of node.inputs) needed.add(name)
      return true
    })
    .reverse()
  const constants = new Map([...graph.constants].filter(([name]) => needed.has(name)))
  return { ...graph, nodes, constants }
}

/** The nodes the output depends on, in the file's order, which ONNX requires to be topological. */
function liveNodes(graph: GraphProto, { output, taken }: { output: string; taken: Set<string> }): NodeProto[] {
  const needed = new Set([output])
  const made = new Set(taken)
  const live: NodeProto[] = []
  for (const node of graph.node.toReversed()) {
    for (const name of node.output) {
      if (name !== '' && made.has(name)) throw new OnnxFileError({ problem: `the tensor ${quote(name)} is made twice` })
      made.add(name)
    }
    if (!node.output.some((name) => needed.has(name))) continue
    // an output that nothing reads need not be made, nor be supported; the message was decoded for this call
    node.output = node.output.map((name) => (needed.has(name) ? name : ''))
    live.push(node)
    for (const name of node.input) if (name !== '') needed.add(name)
  }
  return live.reverse()
}

function readInput({ input, initializer }: GraphProto, limits: TensorLimits): Operand {
  const weights = new Set(initializer.map(({ name }) => name))
  const [first, ...others] = input.filter(({ name }) => !weights.has(name))
  if (first === undefined || others.length > 0) {
    const count = first === undefined ? 0 : others.length + 1
    throw new UnsupportedModelError({ what: `${count} inputs`, remedy: 'export it with exactly one input' })
  }
  const { lengths, type, dataType } = readDeclared(first)
  if (lengths === undefined) throw new DynamicShapeError({ tensor: first.name, dimension: 'shape' })
  const shape = lengths.map((length, index) => {
    if (typeof length === 'number') return length
    // the batch may vary; a proof is about one input
    if (index === 0 && lengths.length > 1) return 1
    throw new DynamicShapeError({
      tensor: first.name,
      dimension: `dimension ${index}${length === '' ? '' : ` (${quote(length)})`}`,
    })
  })
  if (shape.length === 0) {
    throw new UnsupportedModelError({
      what: 'a single number as its input',
      remedy: 'export it with an input of one dimension or more',
    })
  }
  checkShape(shape, limits)
  return { name: first.name, shape, type, dataType, constant: undefined }
}

/** The output with the name asked for; else the only one, or the only one of floats. */
function readOutput({ output }: GraphProto, wanted: string | undefined): ValueInfoProto {
  const floats = output.filter(({ type }) => {
    // a ZipMap's sequence of maps stands for the scores it is made of
    if (type?.value.case === 'sequenceType') return true
    return type?.value.case === 'tensorType' && elementTypeOf(type.value.value.elemType) === 'float'
  })
  const candidates = wanted !== undefined ? output.filter(({ name }) => name === wanted) : output
  const [only, ...more] = candidates.length > 1 ? floats : candidates
  if (only !== undefined && more.length === 0) return only
  const names = output.slice(0, 8).map(({ name }) => quote(name))
  throw new UnsupportedModelError({
    what: wanted === undefined ? `${output.length} outputs` : `no output ${quote(wanted)}`,
    remedy: output.length === 0 ? 'export it with an output' : `name one of ${names.join(', ')}`,
  })
}

/** The declared lengths; a name, or an empty text, where a length is not fixed. */
function readDeclared({ name, type }: ValueInfoProto) {
  if (type?.value.case !== 'tensorType')
    throw new UnsupportedModelError({
      what: `${quote(name)}, which is not a tensor`,
      remedy: 'export it with tensors only',
    })
  const { elemType, shape } = type.value.value
  // any integer may stand there
  const dataType = elemType as TensorProto_DataType
  const element = elementTypeOf(dataType)
  if (element === undefined) {
    const actual = TensorProto_DataType[elemType]?.toLowerCase() ?? `type ${elemType}`
    throw new UnsupportedModelError({
      what: `the ${actual} tensor ${quote(name)}`,
      remedy: 'export it with numbers as input and output',
    })
  }
  const lengths = shape?.dim.map(({ value }) => {
    if (value.case === 'dimParam') return value.value
    if (value.case === undefined || value.value <= 0n) return ''
    return Number(value.value)
  })
  return { lengths, type: element, dataType }
}

/** A declared output shape, which ONNX does not require, must agree with the computed one wherever it is fixed. */
function checkDeclared(declared: ValueInfoProto, { shape }: FloatTensor) {
  const type = declared.type?.value
  if (type?.case === undefined || type.case === 'sequenceType') return
  if (type.case === 'tensorType') {
    // the type of a label that stands for a text is not the number's
    const unread = type.value.shape === undefined || elementTypeOf(type.value.elemType) === undefined
    if (unread) return
  }
  const { lengths } = readDeclared(declared)
  const agrees =
    lengths === undefined ||
    (lengths.length === shape.length && lengths.every((length, i) => typeof length === 'string' || length === shape[i]))
  if (agrees) return
  throw new TensorShapeError({
    tensor: declared.name,
    actual: `the shape [${lengths.slice(0, 8).join(', ')}]`,
    expected: `[${shape.join(', ')}]`,
  })
}
