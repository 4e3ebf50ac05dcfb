'use client'
import { type ReactNode, useId } from 'react'

/** One way out of a few, each with what it means; radio buttons as cards. */
export function Choice<Value extends string>({
  label,
  options,
  chosen,
  onChoose,
}: {
  label: string
  options: readonly { value: Value; name: string; text: ReactNode }[]
  chosen: Value
  onChoose: (value: Value) => void
}) {
  const group = useId()
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-2 font-medium text-sm">{label}</legend>
      {options.map(({ value, name, text }) => (
        <label
          key={value}
          className={`flex items-start gap-3 rounded-md border px-3 py-2.5 has-focus-visible:outline-3 has-focus-visible:outline-brass has-focus-visible:outline-offset-2 ${value === chosen ? 'border-ink bg-ground' : 'border-line hover:border-edge'}`}
        >
          <input
            type="radio"
            name={group}
            value={value}
            checked={value === chosen}
            onChange={() => onChoose(value)}
            className="mt-1 size-4 shrink-0 accent-brass outline-none"
          />
          <span className="grid gap-0.5 text-sm leading-normal">
            <span className="font-medium">{name}</span>
            {value === chosen && <span className="text-quiet">{text}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
