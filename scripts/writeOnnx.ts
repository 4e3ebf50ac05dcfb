import type { FloatGraph, FloatNode } from '@assay/circuits/floatGraph'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from '@assay/circuits/onnxSchema'
import { create, toBinary } from '@bufbuild/protobuf'

/** The graph has a node that {@link writeOnnx} has no ONNX operator for. */
export class UnwritableNodeError extends Error {
  override readonly name = 'UnwritableNodeError'
  readonly node: string

  constructor({ name, op }: FloatNode) {
    super(`Node "${name}" (${op}) cannot be written; supported are conv, gemm, relu and a reshape to one row.`)
    this.node = name
  }
}

/**
 * Writes a float graph as a standard ONNX file: opset 17, IR version 8, float32, batch dimension `batch`.
 * The same graph gives the same bytes.
 * @throws UnwritableNodeError
 */
export function writeOnnx(graph: FloatGraph, { name, description }: { name: string; description: string }): Uint8Array {
  const parts = graph.nodes.map((node) => toNode(graph, node))
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'assay',
    producerVersion: '1',
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name,
      docString: description,
      node: parts.map(({ node }) => node),
      initializer: parts.flatMap(({ tensors }) => tensors),
      input: [describe(graph.input)],
      output: [describe(graph.output)],
    },
  })
  return toBinary(ModelProtoSchema, model)
}

function toNode({ constants }: FloatGraph, node: FloatNode): { node: NodeProto; tensors: TensorProto[] } {
  const { name } = node
  const tensors = node.inputs.slice(1).flatMap((input) => {
    const constant = constants.get(input)
    return constant === undefined ? [] : [tensor(input, constant.shape, Float32Array.from(constant.values))]
  })
  const { opType, attribute } = operatorOf(node)
  return {
    node: create(NodeProtoSchema, { name, opType, input: node.inputs, output: [node.output], attribute }),
    tensors,
  }
}

function operatorOf(node: FloatNode) {
  if (node.op === 'conv') {
    const attribute = [
      integers('dilations', node.dilation),
      integer('group', node.group),
      integers('kernel_shape', node.kernel),
      integers('pads', node.pads),
      integers('strides', node.stride),
    ]
    return { opType: 'Conv', attribute }
  }
  if (node.op === 'gemm') return { opType: 'Gemm', attribute: [integer('transB', 1)] }
  if (node.op === 'unary' && node.function === 'relu') return { opType: 'Relu', attribute: [] }
  if (node.op === 'reshape' && node.shape.length === 2) return { opType: 'Flatten', attribute: [integer('axis', 1)] }
  throw new UnwritableNodeError(node)
}

function tensor(name: string, dims: number[], values: Float32Array): TensorProto {
  const rawData = new Uint8Array(values.length * 4)
  const view = new DataView(rawData.buffer)
  for (const [index, value] of values.entries()) view.setFloat32(index * 4, value, true)
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: TensorProto_DataType.FLOAT, rawData })
}

function integer(name: string, value: number) {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) })
}

function integers(name: string, values: number[]) {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) })
}

function describe({ name, shape }: { name: string; shape: number[] }) {
  const [, ...fixed] = shape
  const dim = [
    { value: { case: 'dimParam' as const, value: 'batch' } },
    ...fixed.map((length) => ({ value: { case: 'dimValue' as const, value: BigInt(length) } })),
  ]
  const value = { elemType: TensorProto_DataType.FLOAT, shape: { dim } }
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } })
}
