import type { ReactNode } from 'react'

/** One of the steps of asking, with its place in the order. */
export function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={`step-${number}`} className="sheet flex min-w-0 flex-col p-4 sm:p-5">
      <h2 id={`step-${number}`} className="mb-4 flex items-center gap-3 font-semibold text-lg tracking-tight">
        <span
          className="figures grid size-7 place-items-center rounded-full border border-edge font-medium text-sm"
          aria-hidden="true"
        >
          {number}
        </span>
        {title}
      </h2>
      {children}
    </section>
  )
}
