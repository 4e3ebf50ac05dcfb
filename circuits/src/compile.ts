import { type Circuit, createCircuit, type Element } from './circuit.ts'
import { type CircuitBuilder, combine, createCircuitBuilder, one, wire } from './circuitBuilder.ts'
import { type ExactGraph, GraphInvalidError, nodeAt, windowLength } from './exactGraph.ts'
import { commitmentChunks } from './inputCommitment.ts'
import { checkGraph, graphSignals, type NodeInterval } from './intervals.ts'
import { valuesPerWord } from './packing.ts'
import { rangedElement } from './primitives/bits.ts'
import { emitPoseidon } from './primitives/poseidon.ts'
import { primitiveOf } from './primitives/table.ts'
import type { LinearCombination, R1cs } from './r1cs.ts'

/** Order of the public wires after the constant one: output words, input commitment, binding. */
export function signalWires(outputWords: number): { commitment: number; binding: number } {
  return { commitment: 1 + outputWords, binding: 2 + outputWords }
}

/**
 * The graph as a constraint system with the weights as constants: for a given input and binding exactly one witness
 * satisfies it. Public signals are `[output words…, input commitment, binding]`; outputs of more than eight words are one word,
 * the Poseidon hash of the packed ones. Wires and rows are taken in this order:
 *
 *   (1) each input element's bits: the declared range, and nothing else, has a witness
 *   (2) the input's packed words and their Poseidon commitment, equal to the public one
 *   (3) the nodes, one after the other
 *   (4) each output word = Σ (value + 2^(bits-1)) · 2^(bits · slot), one row each; or their hash, as in (2)
 *   (5) binding · binding = square, so that the binding stands in a row
 *
 * @throws GraphInvalidError
 */
export function compile(graph: ExactGraph): R1cs {
  const intervals = checkGraph(graph)
  const { input, output } = graphSignals(graph, intervals)
  const signals = signalWires(output.words)
  const builder = createCircuitBuilder({ outputCount: output.words, publicInputCount: 2 })
  const circuit = createCircuit({ builder })

  const elements = Array.from({ length: input.count }, () => rangedElement(circuit, { value: input.lo, ...input })) // (1)
  emitCommitment(builder, { words: packElements(elements, input), output: signals.commitment }) // (2)

  const results = constrainNodes(circuit, { graph, intervals, input: elements })[graph.outputNode] ?? [] // (3)

  const words = packElements(results, { lo: -(2 ** (output.bits - 1)), bits: output.bits }) // (4)
  if (output.isHashed) emitCommitment(builder, { words, output: 1 })
  else for (const [index, word] of words.entries()) builder.constrain(wire(1 + index), one, word)

  const square = wire(builder.takeWires(1))
  builder.constrain(wire(signals.binding), wire(signals.binding), square) // (5)
  return builder.build()
}

/**
 * All nodes' elements in a circuit, in order; rows and witnesses both come from here. `finished` is called after each node but the
 * input.
 */
export function constrainNodes(
  circuit: Circuit,
  context: { graph: ExactGraph; intervals: NodeInterval[]; input: Element[]; finished?: (node: number) => void },
): Element[][] {
  const { graph, intervals, input, finished } = context
  const isMultiplied = multipliedNodes(graph)
  const made: Element[][] = []
  for (const [index, node] of graph.nodes.entries()) {
    if (node.op === 'input') {
      made.push(input)
      continue
    }
    const primitive = primitiveOf(node)
    const operands = primitive.operands(node).map((operand) => made[operand] ?? [])
    const bounds = intervals[index]
    if (!bounds) throw new GraphInvalidError(`node ${index} has no interval`)
    const elements = primitive.constrain(circuit, { graph, node, operands, bounds })
    made.push(isMultiplied[index] ? elements.map(circuit.shorten) : elements)
    finished?.(index)
  }
  return made
}

/**
 * Nodes whose elements stand on an a or b side, or in many sums, so that a long combination of theirs is worth a wire. The others are
 * only recomposed from bits, where a long combination costs nothing.
 */
function multipliedNodes(graph: ExactGraph): boolean[] {
  const isMultiplied = graph.nodes.map(() => false)
  for (const [index, node] of [...graph.nodes.entries()].reverse()) {
    if (node.op === 'input' || node.op === 'max' || node.op === 'lookup') continue
    const operands = primitiveOf(node).operands(node)
    const held = operands.reduce((sum, operand) => sum + nodeAt(graph, operand).count, 0)
    const isPassed =
      node.op === 'requantize' ||
      (node.op === 'move' && node.count <= 2 * held) ||
      (node.op === 'linear' && node.count * windowLength(node.window) <= held)
    // Dropped bits are those of a recomposition, so what reads a rounded value reads other wires.
    const isRounded = isPassed && node.op !== 'move' && node.shift > 0
    if (isRounded || (isPassed && !isMultiplied[index])) continue
    for (const operand of operands) isMultiplied[operand] = true
  }
  return isMultiplied
}

/** Constrains wire `output` to be the Poseidon commitment of the words; see inputCommitment.ts. */
function emitCommitment(
  builder: CircuitBuilder,
  { words, output }: { words: LinearCombination[]; output: number },
): void {
  let at = 0
  let hash: LinearCombination | undefined
  for (const chunk of commitmentChunks(words.length)) {
    const absorbed = words.slice(at, at + chunk)
    at += chunk
    const target = at === words.length ? output : builder.takeWires(1)
    emitPoseidon(builder, { inputs: hash ? [hash, ...absorbed] : absorbed, output: target })
    hash = wire(target)
  }
}

/**
 * Packed words as linear combinations, `bits` bits for each element's distance from `lo`.
 * @throws GraphInvalidError when an element's range does not fit its bits
 */
function packElements(elements: Element[], { lo, bits }: { lo: number; bits: number }): LinearCombination[] {
  const perWord = valuesPerWord(bits)
  for (const [index, element] of elements.entries()) {
    if (element.lo < lo || element.hi >= lo + 2 ** bits) {
      throw new GraphInvalidError(
        `packed element ${index} lies in ${element.lo}…${element.hi}, which ${bits} bits from ${lo} on do not hold`,
      )
    }
  }
  return Array.from({ length: Math.ceil(elements.length / perWord) }, (_, word) =>
    combine(
      elements.slice(word * perWord, (word + 1) * perWord).flatMap(({ combination }, slot) => {
        const factor = 1n << BigInt(bits * slot)
        return [[factor, combination] as const, [factor * BigInt(-lo), one] as const]
      }),
    ),
  )
}
