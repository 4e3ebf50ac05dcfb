import { evaluateNodes } from './evaluate.ts'
import type { ExactGraph } from './exactGraph.ts'
import { mod } from './field.ts'
import { commitmentChunks } from './inputCommitment.ts'
import { checkGraph, graphSignals } from './intervals.ts'
import { packInput, packOutput } from './packing.ts'
import { bitsWitness } from './primitives/bits.ts'
import { linearSums } from './primitives/linear.ts'
import { poseidonWitness } from './primitives/poseidon.ts'
import { requantizeWitness } from './primitives/requantize.ts'

/** Values of all wires of the compiled graph, and the public ones among them: `[output words…, input commitment, binding]`. */
export type Witness = { witness: bigint[]; signals: bigint[] }

/**
 * The one witness of the graph for an input: wire values in the order in which `compile` takes the wires.
 * @param input the input tensor's elements, NHWC
 * @param binding public signal that ties the proof to one job and one worker; reduced modulo r
 * @throws InputLengthError, InputOutOfRangeError, GraphInvalidError
 */
export function computeWitness(graph: ExactGraph, { input, binding }: { input: Int32Array; binding: bigint }): Witness {
  const intervals = checkGraph(graph)
  const layout = graphSignals(graph, intervals)
  const values = evaluateNodes(graph, input)
  const wires: bigint[] = []

  for (const value of input) wires.push(...bitsWitness(value - layout.input.lo, layout.input.bits)) // (1)

  const words = packInput(input, layout.input) // (2)
  let at = 0
  let commitment = 0n
  for (const chunk of commitmentChunks(words.length)) {
    const absorbed = words.slice(at, at + chunk)
    const permutation = poseidonWitness(at === 0 ? absorbed : [commitment, ...absorbed])
    at += chunk
    commitment = permutation.output
    if (at < words.length) wires.push(commitment)
    wires.push(...permutation.wires)
  }

  for (const [index, node] of graph.nodes.entries()) {
    // (3)
    if (node.op === 'input') continue
    const bounds = intervals[index]?.sum
    for (const [element, sum] of linearSums(graph, {
      node,
      operand: values[node.operand] ?? new Int32Array(),
    }).entries()) {
      const sumBounds = { sumLo: bounds?.lo[element] ?? 0, sumHi: bounds?.hi[element] ?? 0 }
      wires.push(...requantizeWitness(sum, { bounds: sumBounds, how: node }))
    }
  }

  const bound = mod(binding)
  wires.push(mod(bound * bound)) // (5)
  const signals = [...packOutput(values[graph.outputNode] ?? new Int32Array(), layout.output), commitment, bound]
  return { witness: [1n, ...signals, ...wires], signals }
}
