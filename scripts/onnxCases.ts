import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from '@assay/circuits/onnxSchema'
import { readTensor } from '@assay/circuits/onnxTensor'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'

/** A model of one input, what it is given, and what ONNX's authors expect of each of its outputs. */
export type OnnxRun = {
  /**
   * which inputs of the case are the model's: its first, with the others as weights; all of them in one row; or none, with an input of
   * no effect, so that everything is computed from constants
   */
  variant: 'first' | 'all' | 'none'
  model: Uint8Array
  input: Float32Array
  outputs: { name: string; shape: number[]; values: Float64Array; tolerance: number }[]
}

/** One official test case of ONNX's operators. */
export type OnnxCase = {
  name: string
  /** of the model's nodes, `domain/operator` with the domain `onnx` or `ml` */
  operators: string[]
  runs: OnnxRun[]
}

type StoredTensor = { name: string; type: TensorProto_DataType; shape: number[]; data: string }
type StoredCase = { name: string; model: string; inputs: StoredTensor[]; outputs: StoredTensor[] }

const file = new URL('../test/fixtures/onnx/cases.json.gz', import.meta.url)

/**
 * Lists ONNX's official test cases of the operators that can be read (scripts/onnxCases.py stores them). The operators of a case are all
 * tried with constants beside one computed operand, and where there are several inputs, with all of them computed.
 */
export function listOnnxCases(): OnnxCase[] {
  // the file is written by scripts/onnxCases.py in this form
  const { cases } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as { cases: StoredCase[] }
  return cases.map((stored) => {
    const { graph } = readModel(stored)
    const operators = new Set(graph.node.map(({ domain, opType }) => `${domain === '' ? 'onnx' : 'ml'}/${opType}`))
    return { name: stored.name, operators: [...operators], runs: runsOf(stored) }
  })
}

function readModel(stored: StoredCase): { model: ModelProto; graph: GraphProto } {
  const model = fromBinary(ModelProtoSchema, Buffer.from(stored.model, 'base64'))
  if (model.graph === undefined) throw new TypeError(`The case ${stored.name} has no graph.`)
  return { model, graph: model.graph }
}

function runsOf(stored: StoredCase): OnnxRun[] {
  const outputs = stored.outputs.map((tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    values: Float64Array.from(valuesOf(tensor)),
    // a float16 has 11 bits of precision
    tolerance: tensor.type === TensorProto_DataType.FLOAT16 ? 2 ** -10 : 1e-5,
  }))
  const [first, ...others] = stored.inputs
  if (first === undefined || stored.inputs.every(({ shape }) => shape.includes(0))) {
    return [constantRun(stored, outputs)]
  }
  const runs: OnnxRun[] = []
  if (first.shape.length > 0 && !first.shape.includes(0)) {
    const { model, graph } = readModel(stored)
    graph.initializer.push(...others.map(toTensor))
    graph.input = graph.input.slice(0, 1)
    runs.push({
      variant: 'first',
      model: toBinary(ModelProtoSchema, model),
      input: Float32Array.from(valuesOf(first)),
      outputs,
    })
  }
  return [...runs, packedRun(stored, outputs), constantRun(stored, outputs)]
}

/** All inputs as parts of one row of floats, each cut out, shaped and cast to its type. */
function packedRun(stored: StoredCase, outputs: OnnxRun['outputs']): OnnxRun {
  const { model, graph } = readModel(stored)
  const parts = stored.inputs.filter(({ shape }) => !shape.includes(0))
  graph.initializer.push(...stored.inputs.filter(({ shape }) => shape.includes(0)).map(toTensor))
  let offset = 0
  const nodes = parts.flatMap((part, index) => {
    const values = valuesOf(part)
    const name = (step: string) => `packed ${step} ${index}`
    graph.initializer.push(
      int64s(name('start'), [offset]),
      int64s(name('end'), [offset + values.length]),
      int64s(name('shape'), part.shape),
    )
    offset += values.length
    const to = create(AttributeProtoSchema, {
      name: 'to',
      type: AttributeProto_AttributeType.INT,
      i: BigInt(part.type),
    })
    return [
      { opType: 'Slice', input: ['packed', name('start'), name('end')], output: [name('part')] },
      { opType: 'Reshape', input: [name('part'), name('shape')], output: [name('shaped')] },
      { opType: 'Cast', input: [name('shaped')], output: [part.name], attribute: [to] },
    ].map((node) => create(NodeProtoSchema, node))
  })
  graph.node = [...nodes, ...graph.node]
  graph.input = [floatInput('packed', offset)]
  if (!model.opsetImport.some(({ domain }) => domain === '')) model.opsetImport.push({ ...standardSet })
  const input = Float32Array.from(parts.flatMap((part) => Array.from(valuesOf(part))))
  return { variant: 'all', model: toBinary(ModelProtoSchema, model), input, outputs }
}

/** All inputs are weights; each output becomes floats, and 0 · input is added to it. */
function constantRun(stored: StoredCase, outputs: OnnxRun['outputs']): OnnxRun {
  const { model, graph } = readModel(stored)
  const name = 'anchor'
  graph.initializer.push(...stored.inputs.map(toTensor))
  graph.initializer.push(
    create(TensorProtoSchema, { name: 'zero', dataType: TensorProto_DataType.FLOAT, floatData: [0] }),
  )
  graph.node.push(create(NodeProtoSchema, { opType: 'Mul', input: [name, 'zero'], output: ['nothing'] }))
  for (const output of stored.outputs) {
    const floats = `${output.name} as floats`
    const to = create(AttributeProtoSchema, { name: 'to', type: AttributeProto_AttributeType.INT, i: 1n })
    graph.node.push(
      create(NodeProtoSchema, { opType: 'Cast', input: [output.name], output: [floats], attribute: [to] }),
      create(NodeProtoSchema, { opType: 'Add', input: [floats, 'nothing'], output: [`${output.name} anchored`] }),
    )
  }
  graph.output = stored.outputs.map((output) => create(ValueInfoProtoSchema, { name: `${output.name} anchored` }))
  graph.input = [floatInput(name, 1)]
  if (!model.opsetImport.some(({ domain }) => domain === '')) model.opsetImport.push({ ...standardSet })
  return {
    variant: 'none',
    model: toBinary(ModelProtoSchema, model),
    input: new Float32Array(1),
    // a single number becomes a list of one beside the input
    outputs: outputs.map((output) => ({
      ...output,
      name: `${output.name} anchored`,
      shape: output.shape.length === 0 ? [1] : output.shape,
    })),
  }
}

function floatInput(name: string, length: number) {
  const dim = [{ value: { case: 'dimValue' as const, value: BigInt(length) } }]
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: TensorProto_DataType.FLOAT, shape: { dim } } } },
  })
}

const standardSet = create(OperatorSetIdProtoSchema, { domain: '', version: 21n })

function toTensor({ name, type, shape, data }: StoredTensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: type,
    rawData: Buffer.from(data, 'base64'),
  })
}

function int64s(name: string, values: number[]): TensorProto {
  const dims = [BigInt(values.length)]
  return create(TensorProtoSchema, { name, dims, dataType: TensorProto_DataType.INT64, int64Data: values.map(BigInt) })
}

function valuesOf(tensor: StoredTensor): ArrayLike<number> {
  const limits = { rank: 16, elements: 2 ** 20 }
  return readTensor(toTensor(tensor), { limits, external: new Map() }).values
}
