// Program: the thread of createChecks.ts.
import { commitInput } from '@assay/circuits/inputCommitment'
import type { GraphSignals } from '@assay/circuits/intervals'
import { packInput } from '@assay/circuits/packing'
import { decodeTensor } from '@assay/circuits/tensorBytes'
import { tensorRoot } from '@assay/circuits/tensorRoot'
import { verify } from '@assay/circuits/verify'
import workerpool from 'workerpool'
import type { InputFacts } from './createChecks.ts'

workerpool.worker({ verifyProof: verify, readInput })

function readInput(bytes: Uint8Array, layout: GraphSignals['input']): InputFacts {
  let words: bigint[]
  try {
    words = packInput(decodeTensor(bytes, layout), layout)
  } catch (error) {
    return { outOfRange: error instanceof Error ? error.message : 'An input value is out of range.' }
  }
  return { commitment: commitInput(words), root: tensorRoot(bytes) }
}
