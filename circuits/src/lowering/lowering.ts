import {
  type ExactGraph,
  GraphInvalidError,
  type GraphNode,
  type Interval,
  type NodeOf,
  nodeAt,
} from '../exactGraph.ts'
import type { FloatConstant, FloatGraph, FloatNode } from '../floatGraph.ts'
import type { NodeInterval, SumInterval } from '../primitives/primitive.ts'
import { requantizeInterval } from '../primitives/requantize.ts'
import { primitiveOf } from '../primitives/table.ts'
import { QuantizeError } from '../quantizeError.ts'
import type { Width } from '../tensorBytes.ts'
import type { Calibration, CalibrationMethod } from './calibrate.ts'
import type { Place } from './place.ts'

/** How a node is quantized. */
export type NodeSettings = {
  /** bits of a weight with its sign */
  weightBits: number
  /** bits of a hidden value beside its sign, in the worst case; they cost no constraint in their own layer and few in the next */
  activationBits: number
  /** bits of a value that is looked up in a table */
  tableBits: number
  /** each output channel of a layer has a scale of its own */
  perChannel: boolean
  /**
   * Whether hidden values saturate at what the calibration inputs reach. `never`: their range is what any input can reach. `auto`:
   * where that leaves the calibration inputs fewer than half of `activationBits`. `always`: wherever it is wider.
   */
  saturation: 'never' | 'auto' | 'always'
  /** bits of a hidden value beside its sign where it saturates; no more than `activationBits` */
  saturationBits: number
  /** how the range of a hidden value follows from the calibration inputs */
  range: CalibrationMethod
}

/** A float model on its way into an exact graph: what a lowering reads and adds to. */
export type Lowering = {
  float: FloatGraph
  graph: ExactGraph
  calibration: Calibration
  /** settings of a node by its name */
  settings(name: string): NodeSettings
  /** nodes whose work an earlier one has done */
  absorbed: Set<FloatNode>
  /** adds a node, bounded, its sums by the bounds that the caller has already; its range and width become what its interval needs */
  addNode(node: GraphNode, sum?: SumInterval): number
  addWeights(values: Int32Array, width?: Width): number
  intervalOf(node: number): Interval
  /** what a computed tensor became */
  place(name: string): Place
  /** undefined where the tensor stands nowhere by itself: another node's work computes what reads it */
  placeOf(name: string): Place | undefined
  setPlace(name: string, place: Place): void
  constant(name: string | undefined): FloatConstant | undefined
  /** nodes that read a tensor */
  readers(name: string): FloatNode[]
}

/** How one operator is lowered: it adds nodes and says where the node's output stands. */
export type Lower<N extends FloatNode> = (lowering: Lowering, node: N) => Place

/** Starts an exact graph that holds its input only. */
export function createLowering({
  float,
  input,
  ...given
}: Pick<Lowering, 'float' | 'calibration' | 'settings'> & { input: NodeOf<'input'> }): Lowering {
  const graph: ExactGraph = { nodes: [input], weights: [], inputNode: 0, outputNode: 0 }
  const bounds = { lo: new Int32Array(input.count).fill(input.lo), hi: new Int32Array(input.count).fill(input.hi) }
  const intervals: NodeInterval[] = [{ value: bounds }]
  const places = new Map<string, Place>()
  const readersOf = new Map<string, FloatNode[]>()
  for (const node of float.nodes) {
    for (const name of new Set(node.inputs)) readersOf.set(name, [...(readersOf.get(name) ?? []), node])
  }
  const intervalOf = (node: number) => {
    const interval = intervals[node]
    if (!interval) throw new GraphInvalidError(`there is no node ${node}`)
    return interval.value
  }
  return {
    ...{ float, graph, ...given, absorbed: new Set(), intervalOf },
    addNode(node, sum) {
      const index = graph.nodes.length
      const isRounded = sum !== undefined && 'shift' in node
      const value = isRounded ? requantizeInterval(sum, node) : intervalOfNode({ graph, node, index }, intervalOf).value
      const { lo, hi } = rangeOfInterval(value)
      // A clamp that its interval never reaches, or ends at, says the same as the interval's ends; a ReLU stays one to read.
      const kept = { ...node, lo: node.lo === 0 && lo >= 0 ? 0 : lo, hi }
      graph.nodes.push({ ...kept, width: widthOf(kept.lo, kept.hi) })
      intervals.push({ value })
      return index
    },
    addWeights(values, width) {
      const { lo, hi } = rangeOfInterval({ lo: values, hi: values })
      return graph.weights.push({ width: width ?? widthOf(lo, hi), values }) - 1
    },
    place(name) {
      const place = places.get(name)
      if (!place) throw new QuantizeError(`A node reads "${name}", which no earlier node makes.`)
      return place
    },
    placeOf: (name) => places.get(name),
    setPlace: (name, place) => places.set(name, place),
    constant: (name) => float.constants.get(name ?? ''),
    readers: (name) => readersOf.get(name) ?? [],
  }
}

/** Bounds of a node that is not yet in the graph. */
export function intervalOfNode(
  { graph, node, index }: { graph: ExactGraph; node: GraphNode; index: number },
  intervalOf: (node: number) => Interval,
): NodeInterval {
  if (node.op === 'input') throw new GraphInvalidError('an input has no operands to bound it by')
  const primitive = primitiveOf(node)
  return primitive.interval({ graph, node, index, operands: primitive.operands(node).map(intervalOf) })
}

/** Bytes of an element that lies in lo…hi. */
export function widthOf(lo: number, hi: number): Width {
  if (lo >= -(2 ** 7) && hi < 2 ** 7) return 1
  return lo >= -(2 ** 15) && hi < 2 ** 15 ? 2 : 4
}

/** Least and greatest value of a tensor. */
export function rangeOfInterval({ lo, hi }: Interval): { lo: number; hi: number } {
  return { lo: lo.reduce((a, b) => Math.min(a, b), 2 ** 31 - 1), hi: hi.reduce((a, b) => Math.max(a, b), -(2 ** 31)) }
}

/** The only node that reads a tensor, if one does and the tensor is not the model's output. */
export function onlyReader({ float, readers }: Lowering, name: string): FloatNode | undefined {
  const all = readers(name)
  return all.length === 1 && name !== float.output.name ? all[0] : undefined
}

/**
 * A node that holds a tensor's elements in this order of ONNX positions (-1: zero); the tensor's own node where it does already,
 * else a move.
 */
export function arrange({ graph, addNode, addWeights }: Lowering, place: Place, order?: Int32Array): number {
  const map = order ? order.map((at) => (at < 0 ? -1 : (place.map[at] ?? -1))) : place.map
  const { count } = nodeAt(graph, place.node)
  if (map.length === count && map.every((at, index) => at === index)) return place.node
  const weight = addWeights(Int32Array.from(map), 4)
  return addNode({ op: 'move', ...anyRange, count: map.length, operands: [place.node], weight })
}

/** The range of a node that clamps nothing; `addNode` narrows it. */
export const anyRange = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const
