import { useId } from 'react'

/** One of several values, in a list that opens. */
export function Select<Value extends string>({
  label,
  options,
  chosen,
  onChoose,
}: {
  label: string
  options: readonly { value: Value; name: string }[]
  chosen: Value
  onChoose: (value: Value) => void
}) {
  const id = useId()
  return (
    <div className="grid min-w-0 gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <select
        id={id}
        value={chosen}
        className="min-h-11 w-full min-w-0 rounded-md border border-edge bg-ground px-3 text-sm"
        onChange={(event) => {
          const option = options.find(({ value }) => value === event.target.value)
          if (option) onChoose(option.value)
        }}
      >
        {options.map(({ value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}
