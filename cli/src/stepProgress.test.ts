import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { stepProgress } from './stepProgress.ts'

function record() {
  const lines: string[] = []
  const output = { json: false, result: () => {}, progress: (line: string) => void lines.push(line.trim()) }
  return { lines, progress: stepProgress(output) }
}

describe('stepProgress', () => {
  it('behavior: a step is told once as it begins, with what is left of it where that is known', () => {
    const { lines, progress } = record()

    progress('parsing')
    progress('parsing')
    progress('proving', { leftMs: 4200 })
    progress('setting up', { leftMs: 600_000 })

    assert.deepEqual(
      lines.map((line) => line.replace(/^\d+\.\d s +/, '')),
      ['parsing …', 'proving … about 5 s left', 'setting up … about 10 min left'],
    )
  })

  it('behavior: at each quarter, and every ten seconds, it says how much is done and what is left at that rate', () => {
    let now = 0
    const clock = mock.method(performance, 'now', () => now)
    try {
      const { lines, progress } = record()
      const at = (milliseconds: number, share: number) => {
        now = milliseconds
        progress('setting up', { share })
      }

      for (const [milliseconds, share] of [
        [0, 0],
        [500, 0.3],
        [4000, 0.4],
        [5000, 0.5],
        [6000, 0.55],
        [15_000, 0.6],
        [20_000, 1],
      ] as const) {
        at(milliseconds, share)
      }

      assert.deepEqual(lines, [
        '0.0 s  setting up …',
        '5.0 s  setting up: 50 %, about 5 s left',
        '15.0 s  setting up: 60 %, about 10 s left',
        '20.0 s  setting up: 100 %, about 0 s left',
      ])
    } finally {
      clock.mock.restore()
    }
  })
})
