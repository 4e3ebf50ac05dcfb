'use client'
import { countOf } from '@assay/sdk/manifest'
import { useState } from 'react'
import { formatBound } from '../formatReal'
import { rangeOf } from '../inputRange'
import { Field } from './Field'
import type { InputFormProps } from './InputForm'

/** One field for each value of a table's row. */
export function RowForm({ input, onSource }: InputFormProps) {
  const count = countOf(input.shape)
  const [cells, setCells] = useState<readonly string[]>(Array.from({ length: count }, () => ''))
  const change = (index: number, text: string) => {
    const next = cells.with(index, text)
    setCells(next)
    const values = next.map(numberOf)
    onSource(values.every((value) => value !== undefined) ? values : undefined)
  }
  return (
    <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
      {cells.map((text, index) => {
        const { least, most } = rangeOf(input, index)
        return (
          <Field
            // A value has no name but its place.
            key={String(index)}
            label={`Value ${index + 1}`}
            value={text}
            onChange={(typed) => change(index, typed)}
            inputMode="decimal"
            hint={`${formatBound(least)} to ${formatBound(most)}; what is beyond counts as the end`}
            problem={text !== '' && numberOf(text) === undefined ? 'This is no number.' : undefined}
          />
        )
      })}
    </div>
  )
}

function numberOf(text: string): number | undefined {
  const trimmed = text.trim()
  const value = Number(trimmed)
  return trimmed === '' || !Number.isFinite(value) ? undefined : value
}
