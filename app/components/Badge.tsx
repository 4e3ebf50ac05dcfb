import type { ReactNode } from 'react'

const looks = {
  plain: 'border-edge text-quiet',
  waiting: 'border-brass text-brass',
  proved: 'border-proved text-proved',
  failed: 'border-failed text-failed',
} as const

/** How a {@link Badge} looks: brass for what is under way, green for what held, red for what did not. */
export type BadgeKind = keyof typeof looks

/** A state in a word; `why` explains it on hover. */
export function Badge({ kind = 'plain', why, children }: { kind?: BadgeKind; why?: string; children: ReactNode }) {
  return (
    <span
      title={why}
      className={`inline-flex items-center whitespace-nowrap rounded-sm border px-2 py-0.5 font-medium text-xs ${looks[kind]}`}
    >
      {children}
    </span>
  )
}
