import { createCircuit } from './circuit.ts'
import { constrainNodes } from './compile.ts'
import type { ExactGraph } from './exactGraph.ts'
import { commitmentChunks } from './inputCommitment.ts'
import type { GraphSignals, NodeInterval } from './intervals.ts'
import { rangedElement } from './primitives/bits.ts'
import type { Tape, Value } from './tape.ts'

/** A tape for whole witnesses: `Word` is what stands for a field element, as {@link Value} does for an integer. */
export type WitnessTape<Word> = Tape & {
  /** packs values into words, as `packInput` does */
  pack(values: readonly Value[], layout: { lo: number; bits: number }): Word[]
  /** takes the wires of the Poseidon hash of 1 to 16 words, before them one for the hash unless that is a public signal */
  takeHash(words: readonly Word[], isSignal: boolean): Word
  /** takes a wire for word² */
  takeSquare(word: Word): void
  /** puts words on the wires of the public signals, from wire 1 on */
  setSignals(words: readonly Word[]): void
}

/** What a witness is of: a graph that was checked, its inputs as values, and the binding as a word. */
export type WitnessSubject<Word> = {
  graph: ExactGraph
  intervals: NodeInterval[]
  layout: GraphSignals
  input: readonly Value[]
  binding: Word
}

/**
 * Takes all wires of a compiled graph on a tape that has taken wire 0 and those of the public signals, in the order of `compile`.
 * @returns the public signals' words, in the order of their wires
 */
export function fillWitness<Word>(
  tape: WitnessTape<Word>,
  { graph, intervals, layout, input, binding }: WitnessSubject<Word>,
): Word[] {
  const circuit = createCircuit({ tape })
  const elements = input.map((value) => rangedElement(circuit, { ...layout.input, value })) // (1)
  const commitment = takeCommitment(tape, tape.pack(input, layout.input)) // (2)

  const results = constrainNodes(circuit, { graph, intervals, input: elements })[graph.outputNode] ?? [] // (3)

  const { bits, isHashed } = layout.output
  const values = results.map(({ value }) => value)
  const packed = tape.pack(values, { lo: -(2 ** (bits - 1)), bits })
  const outputs = isHashed ? takeCommitment(tape, packed) : packed // (4)

  tape.takeSquare(binding) // (5)
  const signals = [...outputs, ...commitment, binding]
  tape.setSignals(signals)
  return signals
}

/** The Poseidon commitment of the words, whose wire is a public signal's; see inputCommitment.ts. */
function takeCommitment<Word>(tape: WitnessTape<Word>, words: readonly Word[]): Word[] {
  let at = 0
  let hash: Word[] = []
  for (const chunk of commitmentChunks(words.length)) {
    const absorbed = words.slice(at, at + chunk)
    at += chunk
    hash = [tape.takeHash([...hash, ...absorbed], at === words.length)]
  }
  return hash
}
