'use client'
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react'

/** Views of one thing, one at a time; arrow keys go from tab to tab. The first is shown first. */
export function Tabs({
  label,
  tabs,
  onChange,
}: {
  label: string
  tabs: readonly { name: string; content: ReactNode }[]
  onChange?: () => void
}) {
  const id = useId()
  const [chosen, setChosen] = useState(0)
  const choose = (index: number) => {
    setChosen(index)
    onChange?.()
  }
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const next = (chosen + step + tabs.length) % tabs.length
    choose(next)
    document.getElementById(`${id}-tab-${next}`)?.focus()
  }
  return (
    <div className="grid min-w-0 gap-4">
      <div role="tablist" aria-label={label} className="flex gap-1 overflow-x-auto border-line border-b">
        {tabs.map(({ name }, index) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-tab-${index}`}
            aria-selected={index === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={index === chosen ? 0 : -1}
            className={`-mb-px min-h-11 whitespace-nowrap border-b-2 px-3 font-medium text-sm ${index === chosen ? 'border-brass' : 'border-transparent text-quiet hover:text-ink'}`}
            onClick={() => choose(index)}
            onKeyDown={move}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${chosen}`}>
        {tabs[chosen]?.content}
      </div>
    </div>
  )
}
