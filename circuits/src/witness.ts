import { checkInput } from './evaluate.ts'
import type { ExactGraph } from './exactGraph.ts'
import { mod } from './field.ts'
import { fillWitness, type WitnessTape } from './fillWitness.ts'
import { integerTape } from './integerTape.ts'
import { checkGraph, graphSignals } from './intervals.ts'
import { packInput } from './packing.ts'
import { poseidonWitness } from './primitives/poseidon.ts'
import { createWitnessWriter, type WitnessWriter, wireCountOf, witnessValues } from './wtns.ts'

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
    const subject = { graph, intervals, layout, input: Array.from(input), binding: mod(binding) }
    const signals = fillWitness(witnessTape(wires), subject)
    const witness = wires.bytes()
    wireCount = wireCountOf(witness)
    return { witness, signals }
  }
}

/** The tape that computes all wires for one input; its words are field elements. */
function witnessTape(wires: WitnessWriter): WitnessTape<bigint> {
  return {
    ...integerTape(wires),
    pack: (values, layout) => packInput(Int32Array.from(values), layout),
    takeHash(words, isSignal) {
      const { output, wires: inner } = poseidonWitness(words)
      if (!isSignal) wires.push(output)
      for (const value of inner) wires.push(value)
      return output
    },
    takeSquare: (word) => void wires.push(word * word),
    setSignals: (words) => {
      for (const [index, word] of words.entries()) wires.set(1 + index, word)
    },
  }
}
