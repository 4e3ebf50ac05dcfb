// Program: reads a model's files in the sandbox and says what they are. Files of strangers are parsed here and nowhere else.
//   takes: the paths of the exact graph's file and of the proving key
//   out:   frames of the graph's id and signals and the key's domain (JSON), the verification key
import { readFileSync } from 'node:fs'
import { decodeGraph, graphId } from '@assay/circuits/graphFile'
import { graphSignals } from '@assay/circuits/intervals'
import { encodeVerificationKey, verificationKeyFromZkey } from '@assay/circuits/verificationKey'
import { readZkeyHeader } from '@assay/circuits/zkey'
import { encodeFrames } from '../frames.ts'
import { writeAll } from './writeAll.ts'

const [graphPath = '', zkeyPath = ''] = process.argv.slice(2)
const graph = decodeGraph(readFileSync(graphPath))
const zkey = readFileSync(zkeyPath)
const { domainSize } = readZkeyHeader((offset, length) => zkey.subarray(offset, offset + length), zkey.length)
const facts = { graphId: graphId(graph), signals: graphSignals(graph), domainSize }
const key = encodeVerificationKey(verificationKeyFromZkey(zkey))
writeAll(encodeFrames([Buffer.from(JSON.stringify(facts)), key]))
