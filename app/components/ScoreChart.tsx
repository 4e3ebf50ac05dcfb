import type { Score } from '@assay/sdk/decodeOutput'
import { shortText } from '../shortText'

/** The model's score for each label as bars around zero; the highest one is the answer. */
export function ScoreChart({ scores, top }: { scores: readonly Score[]; top: Score }) {
  const highest = Math.max(0, ...scores.map(({ score }) => score))
  const lowest = Math.min(0, ...scores.map(({ score }) => score))
  const span = highest - lowest || 1
  const zero = (-lowest / span) * 100

  return (
    <figure>
      <figcaption className="mb-2 text-quiet text-sm">Score for each digit; the highest wins</figcaption>
      <ul className="grid gap-1">
        {scores.map(({ index, label, score }) => {
          const isTop = index === top.index
          return (
            <li key={index} className="grid grid-cols-[1.25rem_1fr_3.25rem] items-center gap-2 text-sm">
              <span className={`figures ${isTop ? 'font-bold' : 'text-quiet'}`}>{shortText(label, 12)}</span>
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
