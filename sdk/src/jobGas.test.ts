import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { estimateJobGas } from './jobGas.ts'

const snapshot = new URL('../../test/contracts/gas.snapshot.json', import.meta.url)

describe('estimateJobGas', () => {
  it('invariant: with four signals it says what the snapshot of measured transactions says', () => {
    const { gas } = JSON.parse(readFileSync(snapshot, 'utf8'))

    const { register: _, ...estimated } = estimateJobGas({ signals: 4 })

    assert.deepEqual(estimated, {
      request: gas["request with the chain's own coin, warm account"],
      claim: gas['claim at a fixed price'],
      submit: gas['submit an answer of two words with its proof, four signals'],
      submitBatched: Math.round(gas['submit a batch of 32'] / 32),
      answer: gas['answer an optimistic job, used slot'],
      finalize: gas.finalize,
      defend: gas['defend it with its proof'],
    })
  })

  it('behavior: a longer answer costs more wherever a proof is checked', () => {
    const [short, long] = [estimateJobGas({ signals: 3 }), estimateJobGas({ signals: 10 })]

    for (const name of ['register', 'submit', 'submitBatched', 'defend'] as const) assert.ok(short[name] < long[name])
    assert.equal(short.claim, long.claim)
  })
})
