import { createCircuit } from './circuit.ts'
import { createCircuitBuilder } from './circuitBuilder.ts'
import { constrainNodes } from './compile.ts'
import { type ExactGraph, inputOf, type Op } from './exactGraph.ts'
import { checkGraph, type NodeInterval } from './intervals.ts'
import { rangedElement } from './primitives/bits.ts'
import { roundingHalf } from './primitives/requantize.ts'

/** Constraints of one node. */
export type NodeRows = {
  op: Op
  count: number
  rows: number
  /** for sums behind a ReLU: Σ (n + 2) over the elements, n the bits of each one's signed range; the rows may not be more */
  reluBound?: number
}

/**
 * Constraints of each node of a graph: the input's range checks, then what each primitive takes. The packed words, their hash
 * and the binding come on top of it.
 * @throws GraphInvalidError
 */
export function countRows(graph: ExactGraph): NodeRows[] {
  const intervals = checkGraph(graph)
  const builder = createCircuitBuilder({ outputCount: 0, publicInputCount: 0 })
  let rows = 0
  const circuit = createCircuit({
    builder: {
      ...builder,
      constrain() {
        rows++
      },
    },
  })
  const { count: inputCount, lo, hi } = inputOf(graph)
  const bits = Math.log2(hi - lo + 1)
  const input = Array.from({ length: inputCount }, () => rangedElement(circuit, { value: lo, lo, bits }))
  const taken = graph.nodes.map(() => rows) // the input's; the others' follow
  let before = rows
  constrainNodes(circuit, {
    ...{ graph, intervals, input },
    finished(node) {
      taken[node] = rows - before
      before = rows
    },
  })
  return graph.nodes.map((node, index) => {
    const counted: NodeRows = { op: node.op, count: node.count, rows: taken[index] ?? 0 }
    const isSum = node.op === 'linear' || node.op === 'dot' || node.op === 'product'
    const isRelu = isSum && node.lo === 0 && !saturates(intervals[index], node)
    return isRelu ? { ...counted, reluBound: reluBound(intervals[index], node.shift) } : counted
  })
}

function saturates(bounds: NodeInterval | undefined, { shift, hi }: { shift: number; hi: number }): boolean {
  return bounds?.sum?.hi.some((most) => Math.floor((most + roundingHalf(shift)) / 2 ** shift) > hi) ?? false
}

/** Σ (n + 2) with -2^(n-1) ≤ sum + half < 2^(n-1), and a bit above those that are shifted out. */
function reluBound(bounds: NodeInterval | undefined, shift: number): number {
  const half = roundingHalf(shift)
  return Array.from(bounds?.sum?.lo ?? [], (least, element) => {
    const most = bounds?.sum?.hi[element] ?? 0
    let n = shift + 1
    while (least + half < -(2 ** (n - 1)) || most + half >= 2 ** (n - 1)) n++
    return n + 2
  }).reduce((sum, bits) => sum + bits, 0)
}
