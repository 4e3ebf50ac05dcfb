import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CircuitCost } from '@assay/circuits/circuitCost'
import { fitAssurances } from './assuranceFit.ts'

function fakeCost(zkeyBytes: number): CircuitCost {
  return {
    ...{
      constraints: 1,
      wires: 1,
      signals: 3,
      domain: 2,
      headroom: 0,
      verificationKeyBytes: 704,
      threads: 4,
      zkeyBytes,
    },
    ...{ provingMs: 1, provingMb: 1, nativeProvingMs: 1, nativeProvingMb: 1 },
  }
}

describe('fitAssurances', () => {
  const cases: [string, number, number, string[]][] = [
    ['a small model fits all', 1e6, 2000, ['proof', 'optimistic', 'audit', 'quorum']],
    [
      'one that orders give too little time to prove fits where a proof is rare',
      1e8,
      600_000,
      ['optimistic', 'audit', 'quorum'],
    ],
    ['one that takes days fits only where nobody proves', 1e8, 2e8, ['quorum']],
    ['one whose key no manifest can name fits nowhere', 6e8, 2000, []],
  ]
  for (const [what, zkeyBytes, provingMs, expected] of cases) {
    it(`behavior: ${what}`, () => {
      const fits = fitAssurances(fakeCost(zkeyBytes), provingMs)

      assert.deepEqual(
        fits.flatMap(({ assurance, fits }) => (fits ? [assurance] : [])),
        expected,
      )
      assert.ok(fits.every(({ why }) => why.length > 0))
    })
  }
})
