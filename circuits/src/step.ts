import { type ExactGraph, GraphInvalidError, nodeAt, weightAt } from './exactGraph.ts'
import { primitiveOf } from './primitives/table.ts'

/** A tensor that a step opens: a node's, or a weight tensor. */
export type StepRead = { of: 'node' | 'weight'; tensor: number; index: number }

/** One element, recomputed, with the openings that it took in their order. */
export type Step = { value: number; reads: StepRead[] }

/**
 * Recomputes one element of one node from single elements of its operands, as a contract does from Merkle openings.
 * @param values every node's elements, of which those that the step names are read; any may be wrong
 * @throws GraphInvalidError for an input node, which nothing computes, or an element that the node does not have
 */
export function stepElement(
  graph: ExactGraph,
  { node: nodeIndex, element, values }: { node: number; element: number; values: readonly Int32Array[] },
): Step {
  const node = nodeAt(graph, nodeIndex)
  if (node.op === 'input') throw new GraphInvalidError(`node ${nodeIndex} is an input, which no step computes`)
  if (!Number.isInteger(element) || element < 0 || element >= node.count) {
    throw new GraphInvalidError(`node ${nodeIndex} has no element ${element} among ${node.count}`)
  }
  const primitive = primitiveOf(node)
  const operands = primitive.operands(node)
  const { weight, bias } = primitive.describe(node, graph)
  const reads: StepRead[] = []
  const open = (of: 'node' | 'weight', tensor: number | undefined, index: number): number => {
    const opened = tensor === undefined ? undefined : of === 'node' ? values[tensor] : weightAt(graph, tensor).values
    const value = opened?.[index]
    if (tensor === undefined || value === undefined) {
      throw new GraphInvalidError(`node ${nodeIndex} opens element ${index} of ${of} ${tensor}, which is not there`)
    }
    reads.push({ of, tensor, index })
    return value
  }
  const value = primitive.step({
    ...{ graph, node, element },
    open: {
      operand: (place, index) => open('node', operands[place], index),
      weight: (index) => open('weight', weight, index),
      bias: (index) => open('weight', bias, index),
    },
  })
  return { value, reads }
}

/** Bytes of the distinct 32-byte leaves that a step's reads open: what a transaction carries beside the Merkle paths. */
export function openedBytes(graph: ExactGraph, reads: readonly StepRead[]): number {
  const leaves = new Set(
    reads.map(({ of, tensor, index }) => {
      const { width } = of === 'node' ? nodeAt(graph, tensor) : weightAt(graph, tensor)
      return `${of} ${tensor} ${Math.floor((index * width) / 32)}`
    }),
  )
  return leaves.size * 32
}
