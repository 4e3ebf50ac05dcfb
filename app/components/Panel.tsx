import { type ReactNode, useId } from 'react'

/** A part of a page on its own surface. Without a title it is a surface and no landmark. */
export function Panel({ title, actions, children }: { title?: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId()
  if (title === undefined) return <div className="sheet grid min-w-0 gap-4 p-4 sm:p-6">{children}</div>
  return (
    <section aria-labelledby={id} className="sheet grid min-w-0 content-start gap-4 p-4 sm:p-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 id={id} className="font-semibold text-lg tracking-tight">
          {title}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  )
}
