import { fromBinary } from '@bufbuild/protobuf'
import { OnnxFileError, OnnxLimitError, quote, UnsupportedModelError } from './onnxErrors.ts'
import { type GraphProto, type ModelProto, ModelProtoSchema } from './onnxSchema.ts'
import { type ScanLimits, scanProtobuf } from './scanProtobuf.ts'

/**
 * The versions of ONNX's operator sets that can be read. From 9 to 12 they hold only operators that 13 left as they were: exporters of
 * classical models still name such a version.
 */
export const supportedOpsets = { onnx: { first: 9n, last: 21n }, ml: { first: 1n, last: 5n } } as const

/** A file's main graph, which has at least one node, and the versions of its operator sets. */
export type DecodedModel = { graph: GraphProto; opsets: { onnx: number; ml: number } }

/**
 * Reads an ONNX file into its protobuf messages, after checking that it is small enough and well-formed.
 * Raw weights stay views into `bytes`.
 * @throws OnnxLimitError, OnnxFileError, UnsupportedModelError
 */
export function decodeOnnx(bytes: Uint8Array, limits: ScanLimits & { bytes: number; nodes: number }): DecodedModel {
  if (bytes.length > limits.bytes)
    throw new OnnxLimitError({ what: 'bytes', actual: bytes.length, allowed: limits.bytes })
  if (bytes.length === 0) throw new OnnxFileError({ problem: 'it is empty' })
  scanProtobuf(bytes, ModelProtoSchema, limits)
  const model = decode(bytes)
  const graph = model.graph
  if (graph === undefined || graph.node.length === 0)
    throw new OnnxFileError({ problem: 'it holds no graph with nodes' })
  if (model.irVersion < 1n) throw new OnnxFileError({ problem: `its format version is ${model.irVersion}` })
  if (graph.node.length > limits.nodes) {
    throw new OnnxLimitError({ what: 'nodes', actual: graph.node.length, allowed: limits.nodes })
  }
  const opsets = readOpsets(model)
  checkExtras(model, graph)
  return { graph, opsets }
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (cause) {
    // the scan accepts what only the decoder can judge, such as text that is not UTF-8
    throw new OnnxFileError({ problem: 'its messages cannot be decoded', cause })
  }
}

/** Each set's version; a set that the model does not name has version 0, and its last where only the other is named. */
function readOpsets({ opsetImport }: ModelProto): DecodedModel['opsets'] {
  const version = (set: keyof typeof supportedOpsets, names: string[]) => {
    const { first, last } = supportedOpsets[set]
    const versions = opsetImport.filter(({ domain }) => names.includes(domain)).map((entry) => entry.version)
    const wrong = versions.find((one) => one < first || one > last)
    if (wrong === undefined) return versions
    const name = set === 'ml' ? `operator set ${wrong} of ai.onnx.ml` : `operator set ${wrong}`
    throw new UnsupportedModelError({
      what: name,
      remedy: `export it with opset ${set === 'onnx' ? 13 : first} to ${last}`,
    })
  }
  const [onnx, ml] = [version('onnx', ['', 'ai.onnx']), version('ml', ['ai.onnx.ml'])]
  if (onnx.length === 0 && ml.length === 0) throw new OnnxFileError({ problem: 'it names no operator set' })
  return { onnx: Number(onnx[0] ?? supportedOpsets.onnx.last), ml: Number(ml[0] ?? supportedOpsets.ml.last) }
}

function checkExtras({ functions, trainingInfo }: ModelProto, graph: GraphProto) {
  const [first] = functions
  if (first !== undefined) {
    throw new UnsupportedModelError({
      what: `the function ${quote(first.name)} of its own`,
      remedy: 'inline it (onnx.inliner)',
    })
  }
  if (trainingInfo.length > 0) {
    throw new UnsupportedModelError({ what: 'training information', remedy: 'export it for inference' })
  }
  if (graph.sparseInitializer.length > 0) {
    throw new UnsupportedModelError({ what: 'sparse weights', remedy: 'save them as dense tensors' })
  }
  const nested = graph.node.find(({ attribute }) =>
    attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0),
  )
  if (nested !== undefined) {
    throw new UnsupportedModelError({
      what: `a graph inside node ${quote(nested.name)} (${nested.opType.slice(0, 40)})`,
      remedy: 'export it without If, Loop or Scan',
    })
  }
}
