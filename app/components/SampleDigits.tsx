'use client'
import type { Drawing } from '../drawing'
import { sampleDigits } from '../sampleDigits'
import { DigitPreview } from './DigitPreview'

/** Real handwritten digits that no model was trained on: the way to ask without drawing, by keyboard too. */
export function SampleDigits({ drawing, onPick }: { drawing: Drawing; onPick: (drawing: Drawing) => void }) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 text-quiet text-sm">Or use a sample that the model was not trained on</legend>
      <div className="grid grid-cols-10 gap-1">
        {sampleDigits.map(({ label, pixels }, index) => {
          const picked = drawing.kind === 'sample' && drawing.index === index
          return (
            <button
              key={label}
              type="button"
              aria-label={`Sample digit ${label}`}
              aria-pressed={picked}
              className={`rounded-sm ${picked ? 'ring-2 ring-brass ring-offset-2 ring-offset-sheet' : 'hover:ring-2 hover:ring-edge'}`}
              onClick={() => onPick({ kind: 'sample', index, pixels })}
            >
              <DigitPreview pixels={pixels} label="" className="block w-full" />
            </button>
          )
        })}
      </div>
    </fieldset>
  )
}
