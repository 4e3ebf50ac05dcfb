import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { everyInstructionGraph } from './everyInstruction.ts'
import { type ExactGraph, inputOf } from './exactGraph.ts'
import { scalarOrder } from './field.ts'
import { checkNativeWitnesses, nativeWitnesses, nativeWitnessMissing } from './nativeWitness.ts'
import { computedOps, randomGraph } from './randomGraph.ts'
import { seededRandom } from './sampleCircuits.ts'
import type { WitnessInput } from './witness.ts'
import { witnessProgram } from './witnessProgram.ts'

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

        checkNativeWitnesses(graph, drawInputs(graph, random, 5))
      }
    }
  })

  it('invariant: so it does where a graph has every instruction, and an input of several hashes', () => {
    const random = seededRandom(84)
    for (const count of [12, 800]) {
      const graph = everyInstructionGraph(count)

      checkNativeWitnesses(graph, drawInputs(graph, random, 40))
    }
  })

  it('error: an input that the graph does not take has no witness', () => {
    const program = witnessProgram(everyInstructionGraph())
    const good = { input: new Int32Array(12), binding: 1n }

    const [high, short, fine] = nativeWitnesses(program, [
      { ...good, input: good.input.with(2, 32) },
      { ...good, input: new Int32Array(11) },
      good,
    ])

    assert.match(String(high), /"input element 2 is 32 and the model takes integers from -32 to 31","kind":"input"/)
    assert.match(String(short), /"the input has 11 elements and the model takes 12","kind":"input"/)
    assert.equal(fine?.subarray(0, 4).toString(), 'wtns')
  })
})
