import type { FloatGraph, FloatNode } from '../floatGraph.ts'

/** Writes quotients of two computed tensors of reals as products with reciprocals, which are looked up once for each divisor. */
export function splitDivisions(graph: FloatGraph): FloatGraph {
  const nodes = graph.nodes.flatMap((node): FloatNode[] => {
    const [left = '', right = ''] = node.inputs
    if (node.op !== 'binary' || node.function !== 'div' || node.type !== 'float' || graph.constants.has(right))
      return [node]
    const output = `${node.output}.reciprocal`
    return [
      {
        ...{ op: 'unary', function: 'reciprocal', alpha: 0, beta: 0, name: `${node.name}.reciprocal` },
        ...{ inputs: [right], output, shape: shapeOf(graph, right), type: 'float' },
      },
      { ...node, function: 'mul', inputs: [left, output] },
    ]
  })
  return { ...graph, nodes }
}

function shapeOf({ input, nodes }: FloatGraph, name: string): number[] {
  return name === input.name ? input.shape : (nodes.find(({ output }) => output === name)?.shape ?? [])
}
