import type { Score } from '@assay/sdk/decodeOutput'
import { formatCount } from '../formatCount'
import { shortText } from '../shortText'

/** Scores that fit a chart; of more labels, the highest are shown. */
const shownScores = 12

/** The model's score for each label as bars around zero; the highest one is the answer. */
export function ScoreChart({ scores: all, top }: { scores: readonly Score[]; top: Score }) {
  const isLong = all.length > shownScores
  const scores = isLong ? all.toSorted((a, b) => b.score - a.score).slice(0, shownScores) : all
  const labels = scores.some(({ label }) => label.length > 2) ? 'minmax(0, 30%)' : '1.25rem'
  const highest = Math.max(0, ...scores.map(({ score }) => score))
  const lowest = Math.min(0, ...scores.map(({ score }) => score))
  const span = highest - lowest || 1
  const zero = (-lowest / span) * 100

  return (
    <figure>
      <figcaption className="mb-2 text-quiet text-sm">
        {isLong
          ? `The ${shownScores} highest of ${formatCount(all.length)} scores; the highest wins`
          : 'Score for each label; the highest wins'}
      </figcaption>
      <ul className="grid gap-1">
        {scores.map(({ index, label, score }) => {
          const isTop = index === top.index
          return (
            <li
              key={index}
              className="grid items-center gap-2 text-sm"
              style={{ gridTemplateColumns: `${labels} 1fr 3.25rem` }}
            >
              <span title={shortText(label, 128)} className={`figures truncate ${isTop ? 'font-bold' : 'text-quiet'}`}>
                {shortText(label, 40)}
              </span>
              <svg viewBox="0 0 100 8" preserveAspectRatio="none" className="h-3.5 w-full" aria-hidden="true">
                <rect
                  x={score < 0 ? zero - (-score / span) * 100 : zero}
                  width={(Math.abs(score) / span) * 100}
                  y="0"
                  height="8"
                  className={`animate-fill ${isTop ? 'fill-brass-fill' : 'fill-edge'} ${score < 0 ? 'origin-right' : 'origin-left'} [transform-box:fill-box]`}
                />
                <rect x={Math.min(99.6, zero)} y="0" width="0.4" height="8" className="fill-quiet" />
              </svg>
              <span className={`figures text-right ${isTop ? 'font-bold' : 'text-quiet'}`}>
                {score.toFixed(2).replace('-', '−')}
              </span>
            </li>
          )
        })}
      </ul>
    </figure>
  )
}
