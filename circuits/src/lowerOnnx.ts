import type { FloatNode } from './floatGraph.ts'
import { readAttributes } from './onnxAttributes.ts'
import { OnnxFileError, quote, UnsupportedOperatorError } from './onnxErrors.ts'
import type { NodeProto } from './onnxSchema.ts'
import { findOperator, isUnchanged } from './operators/registry.ts'
import { fileNameOf, type Lowering, nameOf, type Operand, type Site } from './operators/site.ts'

/**
 * Adds what one ONNX node computes to the graph that is being read.
 * @throws UnsupportedOperatorError, TensorShapeError, OnnxLimitError and what reading a weight throws
 */
export function lowerNode(lowering: Lowering, node: NodeProto): void {
  const { opType } = node
  const operator = findOperator(node)
  if (operator === undefined) {
    const domain = node.domain === '' ? '' : ` of ${quote(node.domain)}`
    const reason = `the operator${domain} is not supported; docs/operators.md lists those that are, so replace it and export the model again`
    throw new UnsupportedOperatorError({ nodeName: fileNameOf(node), operator: opType, reason })
  }
  if (lowering.opsets.onnx < 13 && !isUnchanged(node)) {
    const reason = `the model's operator set is ${lowering.opsets.onnx}, in which it may mean something else; export the model with opset 13 to 21`
    throw new UnsupportedOperatorError({ nodeName: fileNameOf(node), operator: opType, reason })
  }
  const [least, most] = operator.inputs
  if (node.input.length < least || node.input.length > most) {
    const allowed = least === most ? `${least}` : `${least} to ${most}`
    const reason = `it has ${node.input.length} inputs; allowed are ${allowed}`
    throw new UnsupportedOperatorError({ nodeName: fileNameOf(node), operator: opType, reason })
  }
  if (node.output.every((name) => name === '')) {
    throw new OnnxFileError({ problem: `node ${quote(node.name)} has no output` })
  }
  const site: Site = { lowering, node, attributes: readAttributes(node, operator.attributes) }
  const first = lowering.nodes.length
  const name = nameOf(site)
  const made = operator.lower(site)
  const results = Array.isArray(made) ? made : [made]
  for (const [index, output] of node.output.entries()) {
    if (output === '') continue
    const result = results[index]
    if (result === undefined) {
      const reason = `its output ${index}, ${quote(output)}, is asked for and not supported`
      throw new UnsupportedOperatorError({ nodeName: fileNameOf(node), operator: opType, reason })
    }
    lowering.operands.set(output, giveName(lowering, { result, output, first }))
  }
  nameNodes(lowering, { name, first })
}

/** A tensor that this node made takes the file's name for it; others keep theirs, and the file's name stands for them. */
function giveName(
  lowering: Lowering,
  { result, output, first }: { result: Operand; output: string; first: number },
): Operand {
  const own = lowering.nodes.findIndex((made, index) => index >= first && made.output === result.name)
  if (own < 0) return result
  // two outputs of one ONNX node may be the same tensor; it keeps the first one's name
  if (lowering.operands.get(result.name)?.name === result.name) return result
  const rename = (name: string) => (name === result.name ? output : name)
  for (let index = first; index < lowering.nodes.length; index++) {
    const node = lowering.nodes[index]
    if (node === undefined) continue
    lowering.nodes[index] = { ...node, inputs: node.inputs.map(rename), output: rename(node.output) }
  }
  return { ...result, name: output }
}

/** What an ONNX node becomes is named like it: its last node as it is, those before with what they do. */
function nameNodes(lowering: Lowering, { name, first }: { name: string; first: number }) {
  const last = lowering.nodes.length - 1
  const taken = new Set<string>()
  for (let index = last; index >= first; index--) {
    const node: FloatNode | undefined = lowering.nodes[index]
    if (node === undefined) continue
    let own = index === last ? name : `${name}.${node.op}`
    for (let number = 2; taken.has(own); number++) own = `${name}.${node.op}${number}`
    taken.add(own)
    lowering.nodes[index] = { ...node, name: own }
  }
}
