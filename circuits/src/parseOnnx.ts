import { decodeOnnx } from './decodeOnnx.ts'
import type { FloatGraph, FloatTensor } from './floatChain.ts'
import { type Lowering, lowerNode } from './lowerOnnx.ts'
import { DynamicShapeError, OnnxFileError, quote, TensorShapeError, UnsupportedModelError } from './onnxErrors.ts'
import { type GraphProto, type NodeProto, TensorProto_DataType, type ValueInfoProto } from './onnxSchema.ts'
import { checkShape, type TensorLimits } from './onnxTensor.ts'
import type { ScanLimits } from './scanProtobuf.ts'

/** What a file may hold at most. */
export type OnnxLimits = ScanLimits & TensorLimits & { bytes: number; nodes: number; weights: number }

/** Room for the largest models that fit a circuit many times over, and little enough to parse in a browser. */
export const onnxLimits: OnnxLimits = {
  bytes: 512 * 2 ** 20,
  nodes: 10_000,
  rank: 8,
  elements: 2 ** 26,
  weights: 2 ** 27,
  nesting: 16,
  messages: 2 ** 20,
  integers: 2 ** 20,
  floats: 2 ** 26,
  textBytes: 2 ** 24,
}

/**
 * Reads a float ONNX model (opset 13 to 21) as a chain of the operators Assay can make exact: Conv, Gemm, MatMul, Add of a
 * constant, Relu, Flatten, Reshape that flattens, Identity, Dropout. Nodes the output does not depend on are ignored; a
 * batch dimension without a fixed length becomes 1.
 * @param bytes the file; not kept, not changed
 * @throws OnnxFileError, OnnxLimitError, UnsupportedModelError, UnsupportedOperatorError, DynamicShapeError,
 *   TensorShapeError, WeightNotFiniteError, and nothing else, whatever the bytes
 */
export function parseOnnx(bytes: Uint8Array, limits: Partial<OnnxLimits> = {}): FloatGraph {
  const allowed = { ...onnxLimits, ...limits }
  const graph = decodeOnnx(bytes, allowed)
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]))
  if (tensors.size < graph.initializer.length) throw new OnnxFileError({ problem: 'two weights have the same name' })
  const input = readInput(graph, allowed)
  const output = readOutput(graph)
  const lowering: Lowering = {
    tensors,
    values: new Map([[input.name, input]]),
    nodes: [],
    limits: allowed,
    weightCount: 0,
  }
  const taken = new Set([input.name, ...tensors.keys()])
  for (const node of liveNodes(graph, { output: output.name, taken })) lowerNode(lowering, node)

  const result = lowering.values.get(output.name)
  if (result === undefined || lowering.nodes.length === 0) {
    throw new UnsupportedModelError({
      what: `an output ${quote(output.name)} that does not depend on its input`,
      remedy: 'export a model that computes something',
    })
  }
  checkDeclared(output, result)
  return { input, nodes: lowering.nodes, output: result }
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
    live.push(node)
    for (const name of node.input) if (name !== '') needed.add(name)
  }
  return live.reverse()
}

function readInput({ input, initializer }: GraphProto, limits: TensorLimits): FloatTensor {
  const weights = new Set(initializer.map(({ name }) => name))
  const [first, ...others] = input.filter(({ name }) => !weights.has(name))
  if (first === undefined || others.length > 0) {
    const count = first === undefined ? 0 : others.length + 1
    throw new UnsupportedModelError({ what: `${count} inputs`, remedy: 'export it with exactly one input' })
  }
  const lengths = readDimensions(first)
  const shape = lengths.map((length, index) => {
    if (typeof length === 'number') return length
    // the batch may vary; a proof is about one input
    if (index === 0 && lengths.length > 1) return 1
    throw new DynamicShapeError({
      tensor: first.name,
      dimension: `dimension ${index}${length === '' ? '' : ` (${quote(length)})`}`,
    })
  })
  const rankFits = shape.length === 2 || shape.length === 4
  if (!rankFits || shape[0] !== 1) {
    throw new UnsupportedModelError({
      what: `an input of shape [${shape.slice(0, 8).join(', ')}]`,
      remedy: 'export it with an input [1, channels, height, width] or [1, n]',
    })
  }
  checkShape(shape, limits)
  return { name: first.name, shape }
}

function readOutput({ output }: GraphProto): ValueInfoProto {
  const [first, ...others] = output
  if (first !== undefined && others.length === 0) return first
  throw new UnsupportedModelError({ what: `${output.length} outputs`, remedy: 'export it with exactly one output' })
}

/** The declared lengths; a name, or an empty text, where a length is not fixed. */
function readDimensions({ name, type }: ValueInfoProto): (number | string)[] {
  if (type?.value.case !== 'tensorType')
    throw new UnsupportedModelError({
      what: `${quote(name)}, which is not a tensor`,
      remedy: 'export it with tensors only',
    })
  const { elemType, shape } = type.value.value
  if (elemType !== TensorProto_DataType.FLOAT) {
    const actual = TensorProto_DataType[elemType]?.toLowerCase() ?? `type ${elemType}`
    throw new UnsupportedModelError({
      what: `the ${actual} tensor ${quote(name)}`,
      remedy: 'export it with float32 input and output',
    })
  }
  if (shape === undefined) throw new DynamicShapeError({ tensor: name, dimension: 'shape' })
  return shape.dim.map(({ value }) => {
    if (value.case === 'dimParam') return value.value
    if (value.case === undefined || value.value <= 0n) return ''
    return Number(value.value)
  })
}

/** A declared output shape, which ONNX does not require, must agree with the computed one wherever it is fixed. */
function checkDeclared(declared: ValueInfoProto, { shape }: FloatTensor) {
  const type = declared.type?.value
  if (type?.case === undefined || (type.case === 'tensorType' && type.value.shape === undefined)) return
  const lengths = readDimensions(declared)
  const agrees =
    lengths.length === shape.length && lengths.every((length, i) => typeof length === 'string' || length === shape[i])
  if (agrees) return
  throw new TensorShapeError({
    tensor: declared.name,
    actual: `the shape [${lengths.slice(0, 8).join(', ')}]`,
    expected: `[${shape.join(', ')}]`,
  })
}
