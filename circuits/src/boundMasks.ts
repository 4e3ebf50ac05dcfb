import type { FloatConstant, FloatGraph, FloatNode } from './floatGraph.ts'

/** The least number of single precision. */
const least = -3.4028234663852886e38

/**
 * Puts the least finite number for minus infinity in constants that are only added, or chosen where a condition holds: what attention masks
 * are made of. A softmax gives such elements nothing either way.
 */
export function boundMasks(graph: FloatGraph): FloatGraph {
  const readers = new Map<string, { node: FloatNode; place: number }[]>()
  for (const node of graph.nodes) {
    for (const [place, name] of node.inputs.entries())
      readers.set(name, [...(readers.get(name) ?? []), { node, place }])
  }
  const isAdded = ({ node, place }: { node: FloatNode; place: number }) =>
    (node.op === 'binary' && node.function === 'add') || (node.op === 'where' && place > 0)
  const bounded = ([name, constant]: [string, FloatConstant]): [string, FloatConstant] => {
    const isMask = constant.values.some((value) => value === -Infinity) && (readers.get(name) ?? []).every(isAdded)
    const values = isMask ? constant.values.map((value) => (value === -Infinity ? least : value)) : constant.values
    return [name, { ...constant, values }]
  }
  return { ...graph, constants: new Map([...graph.constants].map(bounded)) }
}
