// Program: the thread of createChecks.ts.
import { commitInput } from '@assay/circuits/inputCommitment'
import type { GraphSignals } from '@assay/circuits/intervals'
import { packInput } from '@assay/circuits/packing'
import type { VerifyProof } from '@assay/circuits/prove'
import { decodeTensor } from '@assay/circuits/tensorBytes'
import { tensorRoot } from '@assay/circuits/tensorRoot'
import { encodeVerificationKey } from '@assay/circuits/verificationKey'
import { prepareVerifier } from '@assay/circuits/verify'
import workerpool from 'workerpool'
import type { InputFacts } from './createChecks.ts'

workerpool.worker({ verifyProof, readInput })

/** By the key's bytes, the latest last. */
const verifiers = new Map<string, ReturnType<typeof prepareVerifier>>()
const verifiersKept = 16

function verifyProof(...[key, signals, proof]: Parameters<VerifyProof>): boolean {
  const name = Buffer.from(encodeVerificationKey(key)).toString('base64')
  const verifier = verifiers.get(name) ?? prepareVerifier(key)
  verifiers.delete(name)
  verifiers.set(name, verifier)
  const [oldest] = verifiers.keys()
  if (verifiers.size > verifiersKept && oldest !== undefined) verifiers.delete(oldest)
  return verifier(signals, proof)
}

function readInput(bytes: Uint8Array, layout: GraphSignals['input']): InputFacts {
  let words: bigint[]
  try {
    words = packInput(decodeTensor(bytes, layout), layout)
  } catch (error) {
    return { outOfRange: error instanceof Error ? error.message : 'An input value is out of range.' }
  }
  return { commitment: commitInput(words), root: tensorRoot(bytes) }
}
