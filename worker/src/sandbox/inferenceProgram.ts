// Program: answers one input with a model, in the sandbox. It has nothing but the graph's file and its standard input, and no secrets.
//   takes: the path of the exact graph's file; `rehearse` to answer inputs of its own first, after which the machine code is there
//   out:   an empty frame when the graph is loaded; then frames of the answer's words and the witness
//   in:    frames of the input tensor's bytes, the binding (one word)
import { readFileSync } from 'node:fs'
import { answerWords } from '@assay/circuits/answerWords'
import { evaluate } from '@assay/circuits/evaluate'
import { decodeGraph } from '@assay/circuits/graphFile'
import { graphSignals } from '@assay/circuits/intervals'

import { decodeTensor } from '@assay/circuits/tensorBytes'
import { prepareWitness } from '@assay/circuits/witness'
import { decodeFrames, decodeWords, encodeFrames, encodeWords } from '../frames.ts'
import { writeAll } from './writeAll.ts'

const [leastRehearsals, mostRehearsals, rehearsalMs] = [2, 10, 250]

const [graphPath = '', rehearse] = process.argv.slice(2)
const graph = decodeGraph(readFileSync(graphPath))
const layout = graphSignals(graph)
const witnessOf = prepareWitness(graph)
if (rehearse === 'rehearse') {
  // Small models are answered a few times more, until the machine code is the best there is.
  const ends = performance.now() + rehearsalMs
  for (let round = 0; round < leastRehearsals || (round < mostRehearsals && performance.now() < ends); round++) {
    answer({ input: new Int32Array(layout.input.count).fill(layout.input.lo), binding: 0n })
  }
}
writeAll(encodeFrames([new Uint8Array()]))

const [inputBytes, bindingBytes] = decodeFrames(readFileSync(0), 2)
const [binding] = decodeWords(bindingBytes ?? new Uint8Array())
if (inputBytes === undefined || binding === undefined) throw new Error('A frame is empty.')
writeAll(answer({ input: decodeTensor(inputBytes, layout.input), binding }))
// All is written: taking the heap apart would keep the answer waiting.
process.exit(0)

function answer(asked: { input: Int32Array; binding: bigint }): Uint8Array {
  // The meaning of the model and the witness of its circuit are computed apart and must agree.
  const outputs = answerWords(evaluate(graph, asked.input), layout.output)
  const { witness, signals } = witnessOf(asked)
  for (const [index, word] of outputs.entries()) {
    if (signals[index] !== word) throw new Error(`Output word ${index} is ${word}; the witness has ${signals[index]}.`)
  }
  return encodeFrames([encodeWords(outputs), witness])
}
