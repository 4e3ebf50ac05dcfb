import { fromBinary } from '@bufbuild/protobuf'
import { OnnxFileError, OnnxLimitError, quote, UnsupportedModelError } from './onnxErrors.ts'
import { type GraphProto, type ModelProto, ModelProtoSchema } from './onnxSchema.ts'
import { type ScanLimits, scanProtobuf } from './scanProtobuf.ts'

/** The range of ONNX's operator set whose meaning of the supported operators is the same. */
export const supportedOpsets = { first: 13n, last: 21n }

/**
 * Reads an ONNX file into its protobuf messages, after checking that it is small enough and well-formed.
 * Raw weights stay views into `bytes`.
 * @returns the main graph, which has at least one node
 * @throws OnnxLimitError, OnnxFileError, UnsupportedModelError
 */
export function decodeOnnx(bytes: Uint8Array, limits: ScanLimits & { bytes: number; nodes: number }): GraphProto {
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
  checkOpset(model)
  checkExtras(model, graph)
  return graph
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (cause) {
    // the scan accepts what only the decoder can judge, such as text that is not UTF-8
    throw new OnnxFileError({ problem: 'its messages cannot be decoded', cause })
  }
}

function checkOpset({ opsetImport }: ModelProto) {
  const versions = opsetImport
    .filter(({ domain }) => domain === '' || domain === 'ai.onnx')
    .map(({ version }) => version)
  if (versions.length === 0) throw new OnnxFileError({ problem: 'it names no operator set' })
  const wrong = versions.find((version) => version < supportedOpsets.first || version > supportedOpsets.last)
  if (wrong === undefined) return
  const range = `${supportedOpsets.first} to ${supportedOpsets.last}`
  throw new UnsupportedModelError({ what: `operator set ${wrong}`, remedy: `export it with opset ${range}` })
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
