import type { FloatConstant, FloatGraph, FloatLayerNorm, FloatNode, FloatNodeOf } from '../floatGraph.ts'
import { countOf } from './place.ts'

type Site = { graph: FloatGraph; made: Map<string, FloatNode>; shapes: Map<string, number[]> }

/**
 * Puts a layer normalization where a model writes it out, as exporters did before ONNX had the operator: d / sqrt(mean(d · d) + epsilon) with
 * d = x - mean(x), over the last dimensions. Scale and bias stay the operations they are. Nodes that nothing reads any more are left out.
 */
export function fuseLayerNorm(graph: FloatGraph): FloatGraph {
  const site: Site = {
    graph,
    made: new Map(graph.nodes.map((node) => [node.output, node])),
    shapes: new Map([[graph.input.name, graph.input.shape], ...graph.nodes.map(shapeEntry)]),
  }
  const constants = new Map(graph.constants)
  const nodes = graph.nodes.map((node) => {
    const found = match(site, node)
    if (!found) return node
    const shape = node.shape.slice(found.axis)
    for (const [index, value] of [1, 0].entries()) {
      const constant: FloatConstant = { shape, type: 'float', values: new Float32Array(countOf(shape)).fill(value) }
      constants.set(found.inputs[index + 1] ?? '', constant)
    }
    return found
  })
  return nodes.some((node, index) => node !== graph.nodes[index]) ? withoutDead({ ...graph, nodes, constants }) : graph
}

function shapeEntry({ output, shape }: FloatNode): [string, number[]] {
  return [output, shape]
}

/** The normalization that ends in this quotient, or in this product with a reciprocal root. */
function match(site: Site, node: FloatNode): FloatLayerNorm | undefined {
  if (node.op !== 'binary') return undefined
  for (const [difference = '', other = ''] of [node.inputs, node.inputs.toReversed()]) {
    const root = rootOf(site, { node, other })
    const mean = root && meanOf(site, difference)
    const variance = root && varianceOf(site, { sum: root, difference })
    if (!mean || !variance || variance.axes.join() !== mean.axes.join()) continue
    const rank = node.shape.length
    const [axis = 0] = mean.axes
    const isTrailing = mean.axes.every((one, index) => one === axis + index) && axis + mean.axes.length === rank
    if (!isTrailing || site.shapes.get(mean.x)?.join() !== node.shape.join()) continue
    return {
      ...{ op: 'layerNorm', axis, epsilon: variance.epsilon, name: node.name, output: node.output },
      ...{ inputs: [mean.x, `${node.output}.ones`, `${node.output}.zeros`], shape: node.shape, type: 'float' },
    }
  }
  return undefined
}

/** The tensor whose root divides: y / sqrt(v), y · (1 / sqrt(v)), y · v^-0.5. */
function rootOf(
  { made }: Site,
  { node, other }: { node: FloatNodeOf<'binary'>; other: string },
): FloatNode | undefined {
  const maker = made.get(other)
  if (maker?.op !== 'unary') return undefined
  const behind = made.get(maker.inputs[0] ?? '')
  if (node.function === 'div') return node.inputs[1] === other && maker.function === 'sqrt' ? behind : undefined
  if (node.function !== 'mul') return undefined
  if (maker.function === 'power') return maker.alpha === -0.5 ? behind : undefined
  const isRoot = maker.function === 'reciprocal' && behind?.op === 'unary' && behind.function === 'sqrt'
  return isRoot ? made.get(behind.inputs[0] ?? '') : undefined
}

/** x of x - mean(x). */
function meanOf({ made }: Site, difference: string): { x: string; axes: number[] } | undefined {
  const node = made.get(difference)
  if (node?.op !== 'binary' || node.function !== 'sub') return undefined
  const [x = '', subtracted = ''] = node.inputs
  const mean = made.get(subtracted)
  if (mean?.op !== 'reduce' || mean.function !== 'mean' || mean.inputs[0] !== x) return undefined
  return mean.shape.length === node.shape.length ? { x, axes: mean.axes } : undefined
}

/** Epsilon of mean(d · d) + epsilon, or 0 of mean(d · d) alone. */
function varianceOf(
  { made, graph, shapes }: Site,
  { sum, difference }: { sum: FloatNode; difference: string },
): { epsilon: number; axes: number[] } | undefined {
  let [mean, epsilon]: [FloatNode | undefined, number] = [sum, 0]
  if (sum.op === 'binary' && sum.function === 'add') {
    const [left = '', right = ''] = sum.inputs
    const constant = graph.constants.get(right) ?? graph.constants.get(left)
    if (constant?.values.length !== 1) return undefined
    epsilon = constant.values[0] ?? 0
    mean = made.get(graph.constants.has(right) ? left : right)
  }
  if (mean?.op !== 'reduce' || mean.function !== 'mean') return undefined
  const square = made.get(mean.inputs[0] ?? '')
  const isSquare = square?.op === 'binary' && square.function === 'mul'
  if (!isSquare || !square.inputs.every((name) => name === difference)) return undefined
  return mean.shape.length === shapes.get(difference)?.length ? { epsilon, axes: mean.axes } : undefined
}

/** The graph without nodes and constants that its output does not need. */
function withoutDead(graph: FloatGraph): FloatGraph {
  const needed = new Set([graph.output.name])
  const kept: FloatNode[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!needed.has(node.output)) continue
    for (const name of node.inputs) needed.add(name)
    kept.push(node)
  }
  const constants = new Map([...graph.constants].filter(([name]) => needed.has(name)))
  return { ...graph, nodes: kept.reverse(), constants }
}
