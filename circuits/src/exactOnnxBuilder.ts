import { create } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from './onnxSchema.ts'
import { encodeTensor, type Width } from './tensorBytes.ts'

/** ONNX nodes and initializers in the order in which they were asked for; equal small constants stand once. */
export type OnnxBuilder = { nodes: NodeProto[]; initializers: TensorProto[]; constants: Map<string, string> }

/** A builder of an empty graph. */
export function onnxBuilder(): OnnxBuilder {
  return { nodes: [], initializers: [], constants: new Map() }
}

/** Adds a node with one output, and returns its name. Attributes are integers. */
export function addOnnxNode(
  builder: OnnxBuilder,
  {
    opType,
    inputs,
    output,
    attributes = {},
  }: { opType: string; inputs: string[]; output?: string; attributes?: Record<string, number | number[]> },
): string {
  const name = output ?? `${opType}_${builder.nodes.length}`
  const attribute = Object.entries(attributes).map(([key, value]) =>
    typeof value === 'number'
      ? create(AttributeProtoSchema, { name: key, type: AttributeProto_AttributeType.INT, i: BigInt(value) })
      : create(AttributeProtoSchema, { name: key, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) }),
  )
  builder.nodes.push(create(NodeProtoSchema, { name, opType, input: inputs, output: [name], attribute }))
  return name
}

/** Elements of a constant at most for which equal ones are looked for. */
const longestShared = 1024

/** An int64 constant of the shape; without one, a scalar. */
export function onnxConstant(builder: OnnxBuilder, values: ArrayLike<number>, shape: number[] = []): string {
  const list = Array.from(values)
  const isShort = list.length <= longestShared
  const key = isShort ? `${shape.join('×')}:${list.join()}` : `long ${builder.constants.size}`
  const known = builder.constants.get(key)
  if (known !== undefined) return known
  const name = `constant_${builder.constants.size}`
  builder.constants.set(key, name)
  const rawData = new Uint8Array(8 * list.length)
  const view = new DataView(rawData.buffer)
  for (const [index, value] of list.entries()) view.setBigInt64(8 * index, BigInt(value), true)
  const dims = shape.map(BigInt)
  builder.initializers.push(create(TensorProtoSchema, { name, dims, dataType: TensorProto_DataType.INT64, rawData }))
  return name
}

const integerTypes = {
  1: TensorProto_DataType.INT8,
  2: TensorProto_DataType.INT16,
  4: TensorProto_DataType.INT32,
} as const satisfies Record<Width, TensorProto_DataType>

/** A tensor stored in its own width, as int64 of the shape. */
export function onnxTensor(
  builder: OnnxBuilder,
  { name, width, values, shape }: { name: string; width: Width; values: Int32Array; shape: number[] },
): string {
  const key = `${name} ${shape.join('×')}`
  const known = builder.constants.get(key)
  if (known !== undefined) return known
  const stored = `${name}_${shape.join('x')}`
  const dims = shape.map(BigInt)
  const rawData = encodeTensor(values, width)
  builder.initializers.push(create(TensorProtoSchema, { name: stored, dims, dataType: integerTypes[width], rawData }))
  const attributes = { to: TensorProto_DataType.INT64 }
  const wide = addOnnxNode(builder, { opType: 'Cast', inputs: [stored], output: `${stored}_int64`, attributes })
  builder.constants.set(key, wide)
  return wide
}
