import { checkInput, evaluate } from './evaluate.ts'
import { type ExactGraph, GraphInvalidError, inputOf } from './exactGraph.ts'
import { checkGraph, type NodeInterval } from './intervals.ts'
import { primitiveOf } from './primitives/table.ts'
import { emptyPlan, instantiatePlan, kindOf, nowhere, type Placed, reserveTensor } from './vectors/plan.ts'
import { planNode } from './vectors/planNode.ts'
import { v128 } from './vectors/wasmCode.ts'
import { encodeWasmModule } from './vectors/wasmModule.ts'

/** Gives the output node's elements for an input's, as `evaluate` does. */
export type Evaluator = (input: Int32Array) => Int32Array

/**
 * Prepares a graph to be evaluated many times: integer kernels of WebAssembly with vectors of 128 bits, made for this graph, with
 * its weights packed once. It gives the same integers as `evaluate`, which it calls where a machine has no such vectors.
 * @param options `intervals` is what `checkGraph` said of this graph, where the caller has it already; without `vectors` it is
 * `evaluate`
 * @throws GraphInvalidError when a rule of the graph is broken; the evaluator InputLengthError, InputOutOfRangeError
 */
export function createEvaluator(
  graph: ExactGraph,
  { intervals = checkGraph(graph), vectors = hasVectors() }: { intervals?: NodeInterval[]; vectors?: boolean } = {},
): Evaluator {
  if (!vectors) return (input) => evaluate(graph, input)
  const plan = emptyPlan()
  const placed: Placed[] = []
  for (const [index, node] of graph.nodes.entries()) {
    const bounds = boundsOf(intervals, index)
    if (node.op === 'input') {
      placed.push(reserveTensor(plan, { kind: kindOf(bounds), count: node.count }))
      continue
    }
    const read = primitiveOf(node).operands(node)
    const operandBounds = read.map((operand) => boundsOf(intervals, operand))
    const operands = read.map((operand) => placed[operand] ?? nowhere)
    placed.push(planNode(plan, { graph, node, operands, operandBounds, bounds }))
  }
  const { memory, run } = instantiatePlan(plan)
  const view = (node: number) => viewOf(memory, placed[node] ?? nowhere)
  const [inputView, outputView] = [view(graph.inputNode), view(graph.outputNode)]
  const { lo, hi } = inputOf(graph)
  return (input) => {
    if (input.length !== inputView.length || !isWithin(input, { lo, hi })) checkInput(graph, input)
    inputView.set(input)
    run()
    return Int32Array.from(outputView)
  }
}

/** Whether this machine runs the vector instructions of WebAssembly. */
export function hasVectors(): boolean {
  const code = [...v128.zero, 0x1a] // drop
  return WebAssembly.validate(encodeWasmModule({ functions: [{ parameters: [], locals: [], code }], pages: 0 }))
}

function boundsOf(intervals: NodeInterval[], index: number) {
  const bounds = intervals[index]?.value
  if (!bounds) throw new GraphInvalidError(`there are no bounds of node ${index}`)
  return bounds
}

function viewOf(memory: WebAssembly.Memory, { at, kind, count }: Placed): Int16Array | Int32Array {
  return kind === 2 ? new Int16Array(memory.buffer, at, count) : new Int32Array(memory.buffer, at, count)
}

function isWithin(input: Int32Array, { lo, hi }: { lo: number; hi: number }): boolean {
  let [least, most] = [lo, hi]
  for (let index = 0; index < input.length; index++) {
    const value = input[index] ?? lo
    if (value < least) least = value
    else if (value > most) most = value
  }
  return least === lo && most === hi
}
