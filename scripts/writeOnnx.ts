import type { FloatGraph, FloatNode } from '@assay/circuits/floatChain'
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

/**
 * Writes a float graph as a standard ONNX file: opset 17, IR version 8, float32, batch dimension `batch`.
 * The same graph gives the same bytes.
 */
export function writeOnnx(graph: FloatGraph, { name, description }: { name: string; description: string }): Uint8Array {
  const parts = graph.nodes.map(toNode)
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

function toNode(node: FloatNode): { node: NodeProto; tensors: TensorProto[] } {
  const { name, input, output } = node
  switch (node.op) {
    case 'conv': {
      const [inChannels] = node.inShape
      const [outChannels] = node.outShape
      const tensors = [
        tensor(`${name}.weight`, [outChannels, inChannels, ...node.kernel], node.weight),
        tensor(`${name}.bias`, [outChannels], node.bias),
      ]
      const attribute = [
        integers('dilations', [1, 1]),
        integer('group', 1),
        integers('kernel_shape', node.kernel),
        integers('pads', node.pads),
        integers('strides', node.stride),
      ]
      const inputs = [input, ...tensors.map((part) => part.name)]
      return {
        node: create(NodeProtoSchema, { name, opType: 'Conv', input: inputs, output: [output], attribute }),
        tensors,
      }
    }
    case 'gemm': {
      const tensors = [
        tensor(`${name}.weight`, [node.outCount, node.inCount], node.weight),
        tensor(`${name}.bias`, [node.outCount], node.bias),
      ]
      const attribute = [integer('transB', 1)]
      const inputs = [input, ...tensors.map((part) => part.name)]
      return {
        node: create(NodeProtoSchema, { name, opType: 'Gemm', input: inputs, output: [output], attribute }),
        tensors,
      }
    }
    case 'relu':
      return { node: create(NodeProtoSchema, { name, opType: 'Relu', input: [input], output: [output] }), tensors: [] }
    case 'flatten': {
      const attribute = [integer('axis', 1)]
      return {
        node: create(NodeProtoSchema, { name, opType: 'Flatten', input: [input], output: [output], attribute }),
        tensors: [],
      }
    }
  }
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
