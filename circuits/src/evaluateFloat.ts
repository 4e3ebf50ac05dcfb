import { evaluateFloatNode, type FloatValues } from './evaluateFloatNode.ts'
import type { FloatGraph } from './floatGraph.ts'

/** The input has another number of values than the float model takes, or the graph reads a tensor that nothing makes. */
export class FloatInputError extends Error {
  override readonly name = 'FloatInputError'
}

/**
 * Runs a float model on one input, in the ONNX model's element order (NCHW, or a row). Sums are in double precision and each
 * node's floats are rounded to single, so the last bits may differ from an ONNX runtime's: use it to compare accuracy, never to
 * commit to an answer.
 * @returns the output's elements; integers and booleans as numbers
 * @throws FloatInputError
 */
export function evaluateFloat(graph: FloatGraph, input: FloatValues): Float32Array {
  const output = evaluateFloatTensors(graph, input).get(graph.output.name)
  if (output === undefined) throw new FloatInputError(`No node of the model makes its output "${graph.output.name}".`)
  return output instanceof Float32Array ? output : Float32Array.from(output)
}

/**
 * Runs a float model and keeps every tensor that a node makes, by name: what calibration looks at.
 * @throws FloatInputError
 */
export function evaluateFloatTensors(graph: FloatGraph, input: FloatValues): Map<string, FloatValues> {
  const needed = graph.input.shape.reduce((product, size) => product * size, 1)
  if (input.length !== needed) {
    throw new FloatInputError(`The input has ${input.length} values; the model takes ${needed}.`)
  }
  const computed = new Map<string, FloatValues>([[graph.input.name, input]])
  const shapes = new Map([[graph.input.name, graph.input.shape]])
  for (const node of graph.nodes) {
    const operands = node.inputs.map((name) => {
      const constant = graph.constants.get(name)
      if (constant !== undefined) return constant
      const [values, shape] = [computed.get(name), shapes.get(name)]
      if (values !== undefined && shape !== undefined) return { values, shape }
      throw new FloatInputError(`No node of the model makes "${name}", which another one reads.`)
    })
    computed.set(node.output, evaluateFloatNode(node, operands))
    shapes.set(node.output, node.shape)
  }
  return computed
}
