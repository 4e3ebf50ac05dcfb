import type { ReactNode } from 'react'

/** Says that there is nothing yet, why, and what would bring something; `action` does it. */
export function Empty({ title, action, children }: { title: string; action?: ReactNode; children?: ReactNode }) {
  return (
    <div className="grid justify-items-start gap-3 rounded-lg border border-edge border-dashed px-5 py-8 sm:px-8 sm:py-10">
      <p className="font-semibold text-lg tracking-tight">{title}</p>
      {children && <div className="max-w-[62ch] text-quiet leading-relaxed">{children}</div>}
      {action}
    </div>
  )
}
