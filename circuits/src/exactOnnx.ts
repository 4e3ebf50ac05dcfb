import { create, toBinary } from '@bufbuild/protobuf'
import { type ExactGraph, inputOf, nodeAt } from './exactGraph.ts'
import { addOnnxNode, onnxBuilder } from './exactOnnxBuilder.ts'
import { writeOnnxNode } from './exactOnnxNodes.ts'
import { graphId } from './graphFile.ts'
import { checkGraph } from './intervals.ts'
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from './onnxSchema.ts'

/*
 * An exact graph in ONNX's words, for those who want the model's integers from a runtime of their own. Every tensor is int64 and
 * flat, in the graph's element order (NHWC). No sum leaves 53 bits, so no runtime has anything to round or to wrap. Every
 * primitive has ONNX operators on integers that say the same; see exactOnnxNodes.ts.
 */

const versions = { ir: 8n, opset: 17n }

/**
 * The graph as an ONNX file (opset 17) of integer operators: the input `input` and the output `output` are int64 tensors of one
 * dimension. The same graph gives the same bytes on every machine; `graphId` stands in the metadata. A runtime does not check
 * that inputs lie in the declared range, which the input's documentation names.
 * @throws GraphInvalidError when a rule of the graph is broken
 */
export function encodeExactOnnx(graph: ExactGraph): Uint8Array {
  checkGraph(graph)
  const builder = onnxBuilder()
  const names: string[] = []
  for (const node of graph.nodes) {
    names.push(node.op === 'input' ? 'input' : writeOnnxNode(builder, { graph, node, names }))
  }
  const { lo, hi } = inputOf(graph)
  // The output has a name of its own, whether or not other nodes read it or it is the input.
  addOnnxNode(builder, { opType: 'Identity', inputs: [names[graph.outputNode] ?? 'input'], output: 'output' })
  const model = create(ModelProtoSchema, {
    irVersion: versions.ir,
    producerName: 'assay',
    opsetImport: [create(OperatorSetIdProtoSchema, { version: versions.opset })],
    metadataProps: [create(StringStringEntryProtoSchema, { key: 'assay.graphId', value: graphId(graph) })],
    graph: create(GraphProtoSchema, {
      name: 'exact',
      node: builder.nodes,
      initializer: builder.initializers,
      input: [valueInfo('input', { count: inputOf(graph).count, docString: `integers from ${lo} to ${hi}` })],
      output: [valueInfo('output', { count: nodeAt(graph, graph.outputNode).count, docString: '' })],
    }),
  })
  return toBinary(ModelProtoSchema, model)
}

function valueInfo(name: string, { count, docString }: { count: number; docString: string }) {
  const dim = [create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(count) } })]
  const shape = create(TensorShapeProtoSchema, { dim })
  const tensor = create(TypeProto_TensorSchema, { elemType: TensorProto_DataType.INT64, shape })
  return create(ValueInfoProtoSchema, {
    name,
    docString,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  })
}
