'use client'
import { useState } from 'react'
import { formatCount } from '../formatCount'
import { formatReal } from '../formatReal'
import { Button } from './Button'

/** Values that are shown before the rest is asked for. */
const firstValues = 24

/** A row of numbers, each with its place; a long one is shown in parts. @param label names it for those who cannot see it */
export function ValueTable({ label, values }: { label: string; values: readonly number[] }) {
  const [shown, setShown] = useState(firstValues)
  return (
    <div className="grid gap-3">
      <ol aria-label={label} className="grid grid-cols-2 gap-x-6 text-sm sm:grid-cols-3">
        {values.slice(0, shown).map((value, index) => (
          // Values have no identity but their place.
          // biome-ignore lint/suspicious/noArrayIndexKey: as above.
          <li key={index} className="flex items-baseline justify-between gap-3 border-line border-b py-1.5">
            <span className="figures text-quiet">{index + 1}</span>
            <span className="figures" title={String(value)}>
              {formatReal(value)}
            </span>
          </li>
        ))}
      </ol>
      {values.length > shown && (
        <Button onClick={() => setShown(shown + 10 * firstValues)}>
          {`Show more of ${formatCount(values.length)} values`}
        </Button>
      )}
    </div>
  )
}
