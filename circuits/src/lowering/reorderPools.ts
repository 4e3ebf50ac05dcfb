import type { FloatGraph, FloatNode, FloatNodeOf, UnaryFunction } from '../floatGraph.ts'

/** Functions that never fall, whatever their parameters. */
const rising = new Set<UnaryFunction>(['relu', 'clip', 'sigmoid', 'tanh', 'softplus', 'softsign', 'erf', 'exp', 'atan'])

/**
 * Takes the greatest of a window before the functions that never fall, roundings and clamps among them, instead of after: the results
 * are the same, and there are fewer of them to compute. Only where nothing else reads what a function gave.
 */
export function reorderPools(graph: FloatGraph): FloatGraph {
  const readers = new Map<string, number>()
  for (const { inputs } of graph.nodes) for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1)
  const nodes = [...graph.nodes]
  const makerOf = new Map<string, number>()
  for (const [index, node] of nodes.entries()) makerOf.set(node.output, index)
  for (let at = 0; at < nodes.length; at++) {
    let [pool, place] = [nodes[at], at]
    while (pool?.op === 'maxPool') {
      const [name = ''] = pool.inputs
      const from: number = makerOf.get(name) ?? -1
      const inner: FloatNode | undefined = nodes[from]
      if (!inner || readers.get(name) !== 1 || name === graph.output.name || !isRising(graph, inner)) break
      const swapped = swap(inner, pool)
      nodes[from] = swapped.pool
      nodes[place] = swapped.outer
      pool = swapped.pool
      place = from
    }
  }
  return { ...graph, nodes }
}

/** The tensor between the two keeps its name, and holds what the pool gives. */
function swap(inner: FloatNode, pool: FloatNodeOf<'maxPool'>): { pool: FloatNodeOf<'maxPool'>; outer: FloatNode } {
  const [x = '', ...others] = inner.inputs
  return {
    pool: { ...pool, inputs: [x], output: inner.output, type: 'float' },
    outer: { ...inner, inputs: [inner.output, ...others], output: pool.output, shape: pool.shape },
  }
}

function isRising({ constants }: FloatGraph, node: FloatNode): boolean {
  if (node.op === 'unary') return rising.has(node.function) || (node.function === 'leakyRelu' && node.alpha >= 0)
  if (node.op !== 'quantizeLinear' && node.op !== 'dequantizeLinear') return false
  const scale = constants.get(node.inputs[1] ?? '')?.values ?? []
  return scale.length === 1 && (scale[0] ?? 0) > 0
}
