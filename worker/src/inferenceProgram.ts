// Program: runs a model on one input, in a limited process of its own. It gets nothing but its standard input and has no secrets.
//   in:  frames of the exact graph's file, the input tensor's bytes, the binding (one word)
//   out: frames of the answer's words and the witness
import { readFileSync, writeSync } from 'node:fs'
import { answerWords } from '@assay/circuits/answerWords'
import { evaluate } from '@assay/circuits/evaluate'
import { decodeGraph } from '@assay/circuits/graphFile'
import { graphSignals } from '@assay/circuits/intervals'
import { decodeTensor } from '@assay/circuits/tensorBytes'
import { computeWitness } from '@assay/circuits/witness'
import { decodeFrames, decodeWords, encodeFrames, encodeWords } from './frames.ts'

const [graphBytes, inputBytes, bindingBytes] = decodeFrames(readFileSync(0), 3)
const [binding] = decodeWords(bindingBytes ?? new Uint8Array())
if (graphBytes === undefined || inputBytes === undefined || binding === undefined) throw new Error('A frame is empty.')

const graph = decodeGraph(graphBytes)
const layout = graphSignals(graph)
const input = decodeTensor(inputBytes, layout.input)

// The meaning of the model and the witness of its circuit are computed apart and must agree.
const outputs = answerWords(evaluate(graph, input), layout.output)
const { witness, signals } = computeWitness(graph, { input, binding })
for (const [index, word] of outputs.entries()) {
  if (signals[index] !== word) throw new Error(`Output word ${index} is ${word}; the witness has ${signals[index]}.`)
}

const answer = encodeFrames([encodeWords(outputs), encodeWords(witness)])
for (let at = 0; at < answer.length; ) at += writeSync(1, answer, at)
