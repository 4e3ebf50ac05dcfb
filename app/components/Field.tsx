import { type HTMLInputTypeAttribute, type ReactNode, useId } from 'react'

type FieldProps = {
  label: string
  value: string
  onChange: (value: string) => void
  hint?: ReactNode
  /** Why the value cannot be used, in a sentence. */
  problem?: string | undefined
  type?: HTMLInputTypeAttribute
  inputMode?: 'decimal' | 'numeric' | 'url' | 'search'
  placeholder?: string
  unit?: string
}

/** One line of text that the reader types, with its name, unit, hint and what is wrong with it. */
export function Field({ label, value, onChange, hint, problem, unit, type = 'text', ...rest }: FieldProps) {
  const id = useId()
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <div
        className={`flex min-h-11 items-center gap-2 rounded-md border bg-ground px-3 has-focus-visible:outline-3 has-focus-visible:outline-brass has-focus-visible:outline-offset-2 ${problem ? 'border-failed' : 'border-edge'}`}
      >
        <input
          id={id}
          type={type}
          value={value}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-note`}
          className="figures min-w-0 flex-1 bg-transparent py-2 outline-none placeholder:text-quiet"
          onChange={(event) => onChange(event.target.value)}
          {...rest}
        />
        {unit && <span className="text-quiet text-sm">{unit}</span>}
      </div>
      <p id={`${id}-note`} className={`text-sm leading-normal ${problem ? 'text-failed' : 'text-quiet'}`}>
        {problem ?? hint}
      </p>
    </div>
  )
}
