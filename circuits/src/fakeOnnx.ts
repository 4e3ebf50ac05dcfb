// Builds small ONNX files for tests.
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './onnxSchema.ts'

/** One node as it is written in a test. */
export type FakeNode = MessageInitShape<typeof NodeProtoSchema>

/** What differs from the plainest model; a shape's text is a named dimension, and without an output it is undeclared. */
export type FakeModel = {
  input?: (number | string)[]
  output?: (number | string)[]
  inputType?: TensorProto_DataType
  nodes: FakeNode[]
  constants?: MessageInitShape<typeof TensorProtoSchema>[]
  opset?: number
  change?: (model: ModelProto, graph: GraphProto | undefined) => void
}

/** An ONNX file with the input `x`, of shape [1, 4] if nothing else is said, and the output `y`. */
export function fakeOnnx({ input = [1, 4], output, nodes, constants = [], opset = 17, change, inputType }: FakeModel) {
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ version: BigInt(opset) }],
    graph: {
      node: nodes,
      initializer: constants,
      input: [valueInfo('x', input, inputType)],
      output: [output === undefined ? { name: 'y' } : valueInfo('y', output)],
    },
  })
  change?.(model, model.graph)
  return toBinary(ModelProtoSchema, model)
}

/** The declaration of a tensor. */
export function valueInfo(name: string, lengths: (number | string)[], elemType = TensorProto_DataType.FLOAT) {
  const dim = lengths.map((length) =>
    typeof length === 'string'
      ? { value: { case: 'dimParam' as const, value: length } }
      : { value: { case: 'dimValue' as const, value: BigInt(length) } },
  )
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } },
  })
}

/** A float32 weight, stored raw. */
export function floats(name: string, dims: number[], values: number[]) {
  const rawData = new Uint8Array(Float32Array.from(values).buffer)
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: TensorProto_DataType.FLOAT, rawData })
}

/** A list of integers, stored as a list. */
export function int64s(name: string, values: number[]) {
  const dims = [BigInt(values.length)]
  return create(TensorProtoSchema, { name, dims, dataType: TensorProto_DataType.INT64, int64Data: values.map(BigInt) })
}

/** A list of integers as attribute. */
export const ints = (name: string, values: number[]) =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) })
export const int = (name: string, value: number) =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) })
export const float = (name: string, value: number) =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value })
export const text = (name: string, value: string) =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(value) })
/** A list of floats, or of texts, as attribute. */
export const floatList = (name: string, values: readonly number[]) =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOATS, floats: [...values] })
export const textList = (name: string, values: readonly string[]) => {
  const strings = values.map((value) => new TextEncoder().encode(value))
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRINGS, strings })
}

/** A node of ai.onnx.ml that reads `x` and makes the outputs `label` and `scores`, or `y` alone, with what is not a float declared. */
export function fakeClassic({
  features,
  rows = 1,
  opType,
  attribute,
  outputs,
  version = 3,
}: {
  features: number
  rows?: number
  opType: string
  attribute: NonNullable<FakeNode['attribute']>
  outputs: Record<string, TensorProto_DataType>
  version?: number
}): Uint8Array {
  const names = Object.keys(outputs)
  return fakeOnnx({
    input: [rows, features],
    nodes: [{ name: 'n', opType, domain: 'ai.onnx.ml', input: ['x'], output: names, attribute }],
    change: (model, graph) => {
      model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: 'ai.onnx.ml', version: BigInt(version) }))
      if (graph === undefined) return
      graph.output = names.map((name) =>
        create(ValueInfoProtoSchema, {
          name,
          type: { value: { case: 'tensorType', value: { elemType: outputs[name] ?? TensorProto_DataType.FLOAT } } },
        }),
      )
    },
  })
}

export const relu: FakeNode = { name: 'r', opType: 'Relu', input: ['x'], output: ['y'] }
export const gemm: FakeNode = { name: 'g', opType: 'Gemm', input: ['x', 'w'], output: ['y'] }
export const conv: FakeNode = { name: 'c', opType: 'Conv', input: ['x', 'w'], output: ['y'] }
/** The numbers from, from + 1, … */
export const count = (length: number, from = 1) => Array.from({ length }, (_, index) => from + index)

/** All operators in one small chain. */
export const smallChain: FakeModel = {
  input: ['batch', 1, 4, 4],
  output: ['batch', 2],
  nodes: [
    { ...conv, output: ['c'], attribute: [ints('pads', [1, 1, 1, 1]), ints('strides', [2, 2]), int('group', 1)] },
    { opType: 'Relu', input: ['c'], output: ['r'] },
    { opType: 'Dropout', input: ['r'], output: ['d'] },
    { opType: 'Reshape', input: ['d', 's'], output: ['f'] },
    { opType: 'MatMul', input: ['f', 'v'], output: ['m'] },
    { opType: 'Add', input: ['m', 'b'], output: ['a'] },
    { opType: 'Gemm', input: ['a', 'u'], output: ['y'], attribute: [float('alpha', 0.5), int('transB', 1)] },
  ],
  constants: [
    floats('w', [1, 1, 2, 2], count(4)),
    int64s('s', [1, -1]),
    floats('v', [9, 2], count(18)),
    floats('b', [2], [1, 2]),
    floats('u', [2, 2], count(4)),
  ],
}
