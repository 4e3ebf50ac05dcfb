import { createCircuit, type WireValues } from './circuit.ts'
import { constrainNodes } from './compile.ts'
import { checkInput } from './evaluate.ts'
import type { ExactGraph } from './exactGraph.ts'
import { mod } from './field.ts'
import { commitmentChunks } from './inputCommitment.ts'
import { checkGraph, graphSignals } from './intervals.ts'
import { packInput, packOutput } from './packing.ts'
import { rangedElement } from './primitives/bits.ts'
import { poseidonWitness } from './primitives/poseidon.ts'
import { createWitnessWriter, wireCountOf, witnessValues } from './wtns.ts'

/** Values of all wires of the compiled graph, and the public ones among them: `[output words…, input commitment, binding]`. */
export type Witness = { witness: bigint[]; signals: bigint[] }

/** The same with the wires' values as `encodeElements` of wtns.ts writes them. */
export type WitnessBytes = { witness: Uint8Array; signals: bigint[] }

/** What a witness is made of: the input tensor's elements, NHWC, and the public signal that ties the proof to one job and one worker. */
export type WitnessInput = { input: Int32Array; binding: bigint }

/**
 * The one witness of the graph for an input: wire values in the order in which `compile` takes the wires. The binding is reduced
 * modulo r.
 * @throws InputLengthError, InputOutOfRangeError, GraphInvalidError
 */
export function computeWitness(graph: ExactGraph, input: WitnessInput): Witness {
  const { witness, signals } = prepareWitness(graph)(input)
  return { witness: witnessValues(witness, { start: 0, end: wireCountOf(witness) }), signals }
}

/**
 * {@link computeWitness} for many inputs of one graph, which is checked once and must not change afterwards. Most wires are bits: they
 * are written as bytes at once.
 * @throws GraphInvalidError; the returned function throws InputLengthError and InputOutOfRangeError
 */
export function prepareWitness(graph: ExactGraph): (input: WitnessInput) => WitnessBytes {
  const intervals = checkGraph(graph)
  const layout = graphSignals(graph, intervals)
  let wireCount = 0
  return ({ input, binding }) => {
    checkInput(graph, input)
    const signalCount = layout.output.words + 2
    const wires = createWitnessWriter(wireCount)
    wires.push(1)
    for (let signal = 0; signal < signalCount; signal++) wires.push(0)
    const circuit = createCircuit({ wires })

    const elements = Array.from(input, (value) => rangedElement(circuit, { ...layout.input, value })) // (1)
    const commitment = pushCommitment(wires, packInput(input, layout.input)) // (2)

    const results = constrainNodes(circuit, { graph, intervals, input: elements })[graph.outputNode] ?? [] // (3)

    const values = Int32Array.from(results, ({ value }) => value)
    const words = packOutput(values, layout.output)
    const outputs = layout.output.isHashed ? [pushCommitment(wires, words)] : words // (4)

    const bound = mod(binding)
    wires.push(bound * bound) // (5)
    const signals = [...outputs, commitment, bound]
    for (const [index, signal] of signals.entries()) wires.set(1 + index, signal)
    const witness = wires.bytes()
    wireCount = wireCountOf(witness)
    return { witness, signals }
  }
}

/** Appends the wires of a Poseidon commitment. @returns the commitment, whose wire is a public signal */
function pushCommitment(wires: WireValues, words: readonly bigint[]): bigint {
  let at = 0
  let hash = 0n
  for (const chunk of commitmentChunks(words.length)) {
    const absorbed = words.slice(at, at + chunk)
    const permutation = poseidonWitness(at === 0 ? absorbed : [hash, ...absorbed])
    at += chunk
    hash = permutation.output
    if (at < words.length) wires.push(hash)
    for (const value of permutation.wires) wires.push(value)
  }
  return hash
}
