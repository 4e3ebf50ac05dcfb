import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { proverMemory } from './proverMemory.ts'

// Measured: wires, domain, coefficients, threads, MiB (the table in proverMemory.ts).
const measured: [number, number, number, number, number][] = [
  [1103, 1024, 4959, 1, 122],
  [1103, 1024, 4959, 4, 78],
  [2103, 2048, 10_028, 1, 104],
  [2103, 2048, 10_028, 2, 129],
  [2103, 2048, 10_028, 4, 180],
  [8103, 8192, 39_934, 1, 129],
  [8103, 8192, 39_934, 4, 224],
  [15_103, 16_384, 75_026, 1, 138],
  [15_103, 16_384, 75_026, 2, 188],
  [15_103, 16_384, 75_026, 4, 264],
  [30_103, 32_768, 149_816, 1, 218],
  [30_103, 32_768, 149_816, 4, 378],
  [60_003, 16_384, 74_720, 1, 277],
  [60_003, 16_384, 74_720, 4, 523],
  [60_103, 65_536, 299_761, 1, 307],
  [60_103, 65_536, 299_761, 2, 396],
  [60_103, 65_536, 299_761, 4, 538],
]

describe('proverMemory', () => {
  it('invariant: no measured proof took more than its bound, and the bound is below twice and 200 MiB', () => {
    for (const [wireCount, domainSize, coefficientCount, threads, mib] of measured) {
      const bound = proverMemory({ wireCount, domainSize, coefficientCount, threads })

      assert.ok(bound > mib && bound < 2 * mib + 200, `${wireCount} wires on ${threads} threads: ${mib} and ${bound}`)
    }
  })

  it('invariant: more of anything never lowers the bound', () => {
    const size = { wireCount: 1000, domainSize: 1024, coefficientCount: 5000, threads: 2 }
    const bound = proverMemory(size)
    for (const larger of [{ wireCount: 9000 }, { domainSize: 8192 }, { coefficientCount: 90_000 }, { threads: 4 }]) {
      assert.ok(proverMemory({ ...size, ...larger }) > bound)
    }
  })
})
