// Program: answers inputs with a model, one after the other, in the sandbox. It has nothing but the graph's file and its standard input,
// and no secrets. It keeps nothing of an input once it is answered.
//   takes: the path of the exact graph's file, and which prover makes the proofs
//   out:   an empty frame when the graph is loaded; then for each request a frame with frames of the answer's words and, unless the
//          native prover computes it, the witness
//   in:    for each request a frame with frames of the input tensor's bytes and the binding (one word); an empty one asks for the
//          witness program that the native prover needs
import { readFileSync, readSync } from 'node:fs'
import { answerWords } from '@assay/circuits/answerWords'
import { evaluate } from '@assay/circuits/evaluate'
import { decodeGraph } from '@assay/circuits/graphFile'
import { graphSignals } from '@assay/circuits/intervals'
import { decodeTensor } from '@assay/circuits/tensorBytes'
import { prepareWitness } from '@assay/circuits/witness'
import { witnessProgram } from '@assay/circuits/witnessProgram'
import { decodeFrames, decodeWords, encodeFrames, encodeWords } from '../frames.ts'
import { writeAll } from './writeAll.ts'

const [graphPath = '', prover = ''] = process.argv.slice(2)
const graph = decodeGraph(readFileSync(graphPath))
const layout = graphSignals(graph)
const witnessOf = prover === 'native' ? undefined : prepareWitness(graph)
// After two answers of its own the machine code is there.
for (let round = 0; round < 2; round++) {
  answer({ input: new Int32Array(layout.input.count).fill(layout.input.lo), binding: 0n })
}
writeAll(encodeFrames([new Uint8Array()]))

for (let request = readRequest(); request !== undefined; request = readRequest()) {
  if (request.length === 0) {
    writeAll(encodeFrames([witnessProgram(graph)]))
    continue
  }
  const [inputBytes = new Uint8Array(), bindingBytes = new Uint8Array()] = decodeFrames(request, 2)
  const [binding] = decodeWords(bindingBytes)
  if (binding === undefined) throw new Error('The binding is missing.')
  writeAll(encodeFrames([answer({ input: decodeTensor(inputBytes, layout.input), binding })]))
}

/** The next frame of standard input; undefined at its end. */
function readRequest(): Uint8Array | undefined {
  const head = readBytes(4)
  return head && readBytes(Buffer.from(head).readUInt32BE(0))
}

function readBytes(count: number): Uint8Array | undefined {
  const bytes = new Uint8Array(count)
  for (let at = 0; at < count; ) {
    const read = readSync(0, bytes, at, count - at, null)
    if (read === 0) return undefined
    at += read
  }
  return bytes
}

function answer(asked: { input: Int32Array; binding: bigint }): Uint8Array {
  // The meaning of the model and the witness of its circuit are computed apart and must agree, here or in the proof's signals.
  const outputs = answerWords(evaluate(graph, asked.input), layout.output)
  if (witnessOf === undefined) return encodeFrames([encodeWords(outputs), new Uint8Array()])
  const { witness, signals } = witnessOf(asked)
  for (const [index, word] of outputs.entries()) {
    if (signals[index] !== word) throw new Error(`Output word ${index} is ${word}; the witness has ${signals[index]}.`)
  }
  return encodeFrames([encodeWords(outputs), witness])
}
