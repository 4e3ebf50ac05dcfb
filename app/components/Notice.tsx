import type { ReactNode } from 'react'

const looks = {
  caution: 'bg-caution-wash border-brass-fill',
  failed: 'bg-failed-wash border-failed',
  plain: 'bg-sunken border-line',
} as const

/** One sentence of what is the matter and what to do next. A failure is announced to screen readers at once. */
export function Notice({ kind, children }: { kind: keyof typeof looks; children: ReactNode }) {
  return (
    <div
      role={kind === 'failed' ? 'alert' : undefined}
      className={`rounded-md border px-3.5 py-3 text-sm leading-normal [overflow-wrap:anywhere] ${looks[kind]}`}
    >
      {children}
    </div>
  )
}
