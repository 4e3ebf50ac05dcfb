import { describe, it } from 'node:test'
import { checkLowering } from './checkLowering.ts'
import { randomModel } from './randomModels.ts'

const seeds = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

describe('random models', () => {
  it('behavior: what their exact graphs give is near what they give, with fine integers', () => {
    for (const seed of seeds(1, 200)) checkLowering(randomModel(seed), { tolerance: 2 ** -5, isProved: false })
  })

  it('behavior: every setting gives them an exact graph, near or not', () => {
    for (const seed of seeds(200, 260)) {
      for (const saturation of ['never', 'auto', 'always'] as const) {
        const options = { weightBits: 4 + (seed % 9), activationBits: 4 + (seed % 13), tableBits: 8, saturation }
        const others = { saturationBits: 4 + (seed % 5), perChannel: seed % 2 === 0, range: 'percentile' as const }

        checkLowering(randomModel(seed), {
          tolerance: 100,
          isProved: false,
          runs: 3,
          options: { ...options, ...others },
        })
      }
    }
  })

  it('invariant: all executors of their exact graphs agree', () => {
    for (const seed of [3, 7, 11]) checkLowering(randomModel(seed), { tolerance: 2 ** -5 })
  })
})
