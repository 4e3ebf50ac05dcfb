import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LighthouseReport, missedTargets, scoresOf, scoreTable } from './lighthouseScores.ts'

/** A report whose performance is given; all else is perfect unless told. */
function fakeReport(performance: number, accessibility: number | null = 1): LighthouseReport {
  const audit = (numericValue: number) => ({ title: 'measured', score: 1, numericValue })
  return {
    categories: {
      performance: { score: performance },
      accessibility: { score: accessibility },
      'best-practices': { score: 1 },
    },
    audits: {
      'largest-contentful-paint': audit(1234),
      'total-blocking-time': audit(100 * performance),
      'cumulative-layout-shift': audit(0),
    },
  }
}

const place = { page: 'models', profile: 'mobile' } as const

describe('lighthouseScores', () => {
  it('error: a report without a score is no perfect one', () => {
    assert.throws(() => scoresOf(place, [fakeReport(1, null)]), { message: /no accessibility of models/ })
    assert.throws(() => scoresOf(place, [{ categories: {}, audits: {} }]), { message: /no performance of models/ })
  })

  it('behavior: the median of the runs counts, not the best', () => {
    const { scores, blockedMs } = scoresOf(place, [fakeReport(0.99), fakeReport(0.5), fakeReport(0.9)])

    assert.equal(scores.performance, 90)
    assert.equal(blockedMs, 90)
  })

  it('invariant: a score below its target is named, and only such a one', () => {
    const good = scoresOf(place, [fakeReport(0.95)])
    const slow = scoresOf(place, [fakeReport(0.94)])
    const barred = scoresOf(place, [fakeReport(1, 0.99)])

    assert.deepEqual(missedTargets([good]), [])
    assert.deepEqual(missedTargets([good, slow]), ['models (mobile) has 94 of 95 for performance.'])
    assert.deepEqual(missedTargets([barred]), ['models (mobile) has 99 of 100 for accessibility.'])
    assert.deepEqual(missedTargets([slow], ['accessibility', 'best-practices']), [])
  })

  it('behavior: the table has a row for each page and profile', () => {
    assert.match(
      scoreTable([scoresOf(place, [fakeReport(1)])]),
      /\| models \| mobile \| 100 \| 100 \| 100 \| 1.2 s \| 100 ms \| 0.00 \|$/,
    )
  })
})
