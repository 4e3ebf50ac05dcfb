import { combine, createCircuitBuilder, one, wire } from './circuitBuilder.ts'
import { type ExactGraph, GraphInvalidError } from './exactGraph.ts'
import { commitmentChunks } from './inputCommitment.ts'
import { checkGraph, graphSignals } from './intervals.ts'
import { valuesPerWord } from './packing.ts'
import { emitRangedElement } from './primitives/bits.ts'
import { linearCombination } from './primitives/linear.ts'
import { emitPoseidon } from './primitives/poseidon.ts'
import { emitRequantize } from './primitives/requantize.ts'
import type { LinearCombination, R1cs } from './r1cs.ts'

/** Order of the public wires after the constant one: output words, input commitment, binding. */
export function signalWires(outputWords: number): { commitment: number; binding: number } {
  return { commitment: 1 + outputWords, binding: 2 + outputWords }
}

/**
 * The graph as a constraint system with the weights as constants: for a given input and binding exactly one witness
 * satisfies it. Public signals are `[output words…, input commitment, binding]`. Wires and rows are taken in this order:
 *
 *   (1) each input element's bits: the declared range, and nothing else, has a witness
 *   (2) the input's packed words and their Poseidon commitment, equal to the public one
 *   (3) the nodes, one after the other
 *   (4) each output word = Σ (value + 2^(bits-1)) · 2^(bits · slot), one row each
 *   (5) binding · binding = square, so that the binding stands in a row
 *
 * @throws GraphInvalidError
 */
export function compile(graph: ExactGraph): R1cs {
  const intervals = checkGraph(graph)
  const { input, output } = graphSignals(graph, intervals)
  const outputWords = Math.ceil(output.count / valuesPerWord(output.bits))
  const signals = signalWires(outputWords)
  const builder = createCircuitBuilder({ outputCount: outputWords, publicInputCount: 2 })

  const elements = Array.from({ length: input.count }, () => emitRangedElement(builder, input)) // (1)

  const words = packCombinations(elements, { lo: input.lo, bits: input.bits }) // (2)
  let at = 0
  let hash: LinearCombination | undefined
  for (const chunk of commitmentChunks(words.length)) {
    const absorbed = words.slice(at, at + chunk)
    at += chunk
    const target = at === words.length ? signals.commitment : builder.takeWires(1)
    emitPoseidon(builder, { inputs: hash ? [hash, ...absorbed] : absorbed, output: target })
    hash = wire(target)
  }

  const values: LinearCombination[][] = [] // (3)
  for (const [index, node] of graph.nodes.entries()) {
    if (node.op === 'input') {
      values.push(elements)
      continue
    }
    const operand = values[node.operand] ?? []
    const sums = intervals[index]?.sum
    values.push(
      Array.from({ length: node.count }, (_, element) => {
        const bounds = { sumLo: sums?.lo[element] ?? 0, sumHi: sums?.hi[element] ?? 0 }
        return emitRequantize(builder, { sum: linearCombination(graph, { node, element, operand }), bounds, how: node })
      }),
    )
  }

  const results = values[graph.outputNode]
  if (!results) throw new GraphInvalidError(`there is no output node ${graph.outputNode}`)
  for (const [index, word] of packCombinations(results, {
    lo: -(2 ** (output.bits - 1)),
    bits: output.bits,
  }).entries()) {
    builder.constrain(wire(1 + index), one, word) // (4)
  }

  const square = wire(builder.takeWires(1))
  builder.constrain(wire(signals.binding), wire(signals.binding), square) // (5)
  return builder.build()
}

/** Packed words as linear combinations; no element may leave its range, which is the caller's proof to have. */
function packCombinations(
  elements: LinearCombination[],
  { lo, bits }: { lo: number; bits: number },
): LinearCombination[] {
  const perWord = valuesPerWord(bits)
  return Array.from({ length: Math.ceil(elements.length / perWord) }, (_, word) =>
    combine(
      elements.slice(word * perWord, (word + 1) * perWord).flatMap((element, slot) => {
        const factor = 1n << BigInt(bits * slot)
        return [[factor, element] as const, [factor * BigInt(-lo), one] as const]
      }),
    ),
  )
}
