import type { ReactNode } from 'react'

/** Several {@link Stat} in a row, two to a row on a phone. */
export function Stats({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-x-6 gap-y-5 sm:flex sm:flex-wrap sm:gap-x-12 lg:gap-x-10">{children}</dl>
}

/** One figure with its name, and in `note` what it was counted over. */
export function Stat({ name, note, children }: { name: string; note?: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 sm:max-w-44">
      <dt className="text-quiet text-sm">{name}</dt>
      <dd className="mt-0.5 font-semibold text-xl tracking-tight [overflow-wrap:anywhere]">{children}</dd>
      {note && <dd className="text-quiet text-sm">{note}</dd>}
    </div>
  )
}
