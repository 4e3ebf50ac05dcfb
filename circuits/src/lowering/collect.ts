import { nodeAt } from '../exactGraph.ts'
import { anyRange, type Lowering } from './lowering.ts'

/** An element of an exact node, or the constant 0. */
export type Reference = { node: number; at: number } | 'zero'

/** Operands that one move may have. */
const operandLimit = 3

/** A node whose elements are those of other nodes, in this order; the node itself where it is one's already. Costs no constraint. */
export function collect(lowering: Lowering, references: readonly Reference[]): number {
  const { graph, addNode, addWeights } = lowering
  const nodes = [...new Set(references.flatMap((reference) => (reference === 'zero' ? [] : [reference.node])))]
  if (nodes.length > operandLimit) return collect(lowering, joinFirst(lowering, { references, nodes }))
  // a node that holds zeros alone still has an operand
  const [first = graph.inputNode] = nodes
  const starts = new Map<number, number>()
  let total = 0
  for (const node of nodes) {
    starts.set(node, total)
    total += nodeAt(graph, node).count
  }
  const entries = Int32Array.from(references, (reference) =>
    reference === 'zero' ? -1 : (starts.get(reference.node) ?? 0) + reference.at,
  )
  if (nodes.length === 1 && entries.length === total && entries.every((at, index) => at === index)) return first
  const operands = nodes.length === 0 ? [first] : nodes
  return addNode({ op: 'move', ...anyRange, count: entries.length, operands, weight: addWeights(entries, 4) })
}

/** The same elements, where those of the first nodes stand in one. */
function joinFirst(
  lowering: Lowering,
  { references, nodes }: { references: readonly Reference[]; nodes: number[] },
): Reference[] {
  const joined = new Set(nodes.slice(0, operandLimit))
  const places = new Map<string, number>()
  const moved: Reference[] = []
  for (const reference of references) {
    if (reference === 'zero' || !joined.has(reference.node)) continue
    const key = `${reference.node} ${reference.at}`
    if (!places.has(key)) places.set(key, moved.push(reference) - 1)
  }
  const node = collect(lowering, moved)
  return references.map((reference) => {
    if (reference === 'zero' || !joined.has(reference.node)) return reference
    return { node, at: places.get(`${reference.node} ${reference.at}`) ?? 0 }
  })
}
