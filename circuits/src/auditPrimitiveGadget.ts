import type { ElementRange, Gadget } from './auditGadgets.ts'
import type { ExactGraph, GraphNode, WeightTensor } from './exactGraph.ts'
import type { Primitive } from './primitives/primitive.ts'

/** A primitive's node whose operands are the gadget's inputs, one after the other; `repeat` reads a single one so often. */
export function primitiveGadget<N extends GraphNode>(
  primitive: Primitive<N>,
  context: {
    name: string
    node: N
    operands: ElementRange[][]
    weights?: WeightTensor[]
    prime: number
    repeat?: number
  },
): Gadget {
  const { name, node, operands, weights = [], prime, repeat = 1 } = context
  const graph: ExactGraph = { nodes: [], weights, inputNode: 0, outputNode: 0 }
  const split = <T>(list: readonly T[]): T[][] => {
    let at = 0
    return operands.map((ranges) => {
      const own = list.slice(at, at + ranges.length)
      at += ranges.length
      return Array.from({ length: repeat }, () => own).flat()
    })
  }
  const intervals = split(operands.flat()).map((ranges) => ({
    lo: Int32Array.from(ranges, ({ lo }) => lo),
    hi: Int32Array.from(ranges, ({ hi }) => hi),
  }))
  const bounds = primitive.interval({ graph, node, index: operands.length, operands: intervals })
  return {
    name,
    inputs: operands.flat(),
    prime,
    build: (circuit, inputs) => primitive.constrain(circuit, { graph, node, operands: split(inputs), bounds }),
    evaluate: (values) => [
      ...primitive.evaluate({ graph, node, operands: split(values).map((list) => Int32Array.from(list)) }),
    ],
  }
}
