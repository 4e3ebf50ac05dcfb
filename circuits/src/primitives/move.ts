import {
  type ExactGraph,
  GraphInvalidError,
  type Interval,
  type MoveNode,
  nodeAt,
  rowWindow,
  weightAt,
} from '../exactGraph.ts'
import type { Primitive } from './primitive.ts'

/*
 * Elements put in other places by an index map, an int32 weight tensor: with X the operands laid end to end
 *
 *   (1) y_j = X[map_j] where map_j ≥ 0, else 0
 *
 * In a circuit y_j is the element itself: no row and no wire, and bits or digits that one already stands as serve the other.
 */

/** Reshape, transpose, slice, concat, pad, broadcast: no arithmetic. */
export const movePrimitive: Primitive<MoveNode> = {
  operands: (node) => node.operands,
  describe: ({ operands, weight, count }, graph) => ({
    ...{ operands, weight, window: rowWindow({ rows: count, length: 1 }) },
    // Where the second and the third operand begin in X, for a step that knows tensors by their depth only.
    second: { t0: 0, t1: 0, t2: 0, base: offsetOf(graph, operands, 1), r1: offsetOf(graph, operands, 2) },
  }),
  parse: ({ shape, operands, weight = 0 }) => ({ op: 'move', ...shape, operands, weight }),
  readCount: () => 1,
  interval({ graph, node, index, operands }) {
    const map = weightAt(graph, node.weight)
    const total = operands.reduce((sum, { lo }) => sum + lo.length, 0)
    const refuse = (reason: string) => {
      throw new GraphInvalidError(`node ${index} ${reason}`)
    }
    if (operands.length < 1 || operands.length > 3) refuse(`moves from ${operands.length} operands; 1 to 3 are allowed`)
    if (map.width !== 4) refuse(`has an index map of ${map.width} bytes an entry; 4 are needed`)
    if (map.values.length !== node.count) refuse(`has ${node.count} elements and an index map of ${map.values.length}`)
    for (const [element, entry] of map.values.entries()) {
      if (entry < -1 || entry >= total) refuse(`takes element ${entry} for ${element}; its operands have ${total}`)
    }
    return {
      value: {
        lo: moved(
          map.values,
          operands.map(({ lo }) => lo),
        ),
        hi: moved(
          map.values,
          operands.map(({ hi }) => hi),
        ),
      } satisfies { value: Interval }['value'],
    }
  },
  evaluate: ({ graph, node, operands }) => moved(weightAt(graph, node.weight).values, operands),
  step({ graph, node, element, open }) {
    let at = open.weight(element)
    if (at < 0) return 0
    let place = 0
    for (const operand of node.operands) {
      const { count } = nodeAt(graph, operand)
      if (at < count) break
      at -= count
      place += 1
    }
    return open.operand(place, at)
  },
  constrain(circuit, { graph, node, operands }) {
    const zero = circuit.constant(0)
    const all = operands.length === 1 ? (operands[0] ?? []) : operands.flat()
    return Array.from(weightAt(graph, node.weight).values, (entry) => all[entry] ?? zero)
  },
}

function moved(map: Int32Array, operands: Int32Array[]): Int32Array {
  const [first = new Int32Array(), ...others] = operands
  let all = first
  if (others.length > 0) {
    all = new Int32Array(operands.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const operand of operands) {
      all.set(operand, at)
      at += operand.length
    }
  }
  return map.map((entry) => all[entry] ?? 0)
}

function offsetOf(graph: ExactGraph, operands: number[], place: number): number {
  if (place >= operands.length) return 0
  return operands.slice(0, place).reduce((sum, operand) => sum + nodeAt(graph, operand).count, 0)
}
