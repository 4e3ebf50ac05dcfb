import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ExactGraph, inputOf } from './exactGraph.ts'
import { scalarOrder } from './field.ts'
import { nativeWitnesses, nativeWitnessMissing } from './nativeWitness.ts'
import { computedOps, randomGraph } from './randomGraph.ts'
import { seededRandom } from './sampleCircuits.ts'
import { prepareWitness, type WitnessInput } from './witness.ts'
import { witnessProgram } from './witnessProgram.ts'
import { encodeWitness } from './wtns.ts'

/** Both ends of the input's range, and random inputs. */
function drawInputs(graph: ExactGraph, random: () => number, count: number): WitnessInput[] {
  const { lo, hi, count: length } = inputOf(graph)
  const draw = (run: number) => {
    if (run < 2) return run === 0 ? lo : hi
    return lo + Math.floor(random() * (hi - lo + 1))
  }
  return Array.from({ length: count }, (_, run) => ({
    input: Int32Array.from({ length }, () => draw(run)),
    binding: run === 0 ? scalarOrder - 1n : BigInt(run) ** 90n,
  }))
}

describe('witnessProgram', { skip: nativeWitnessMissing }, () => {
  it('invariant: the native prover computes the very bytes that computeWitness does, for hundreds of random graphs', () => {
    const random = seededRandom(83)
    for (let round = 0; round < 33; round++) {
      for (const op of computedOps) {
        const graph = randomGraph(random, { op })
        const inputs = drawInputs(graph, random, 5)
        const witnessOf = prepareWitness(graph)

        const made = nativeWitnesses(witnessProgram(graph), inputs)

        assert.equal(made.length, inputs.length)
        for (const [index, input] of inputs.entries()) {
          const expected = encodeWitness(witnessOf(input).witness)
          assert.ok(made[index]?.equals(expected), `graph ${round} of ${op}, input ${index}`)
        }
      }
    }
  })
})
