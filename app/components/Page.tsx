'use client'
import { type ReactNode, useEffect, useRef } from 'react'
import { useRoute } from '../hooks/useRoute'
import { NetworkGate } from './NetworkGate'

type PageProps = {
  title: string
  lead?: ReactNode
  actions?: ReactNode
  /** Shows the content without an open network too. */
  offline?: boolean
  children: ReactNode
}

/** One page: its heading, which takes the focus when the reader came from another page, and its content once the network is open. */
export function Page({ title, lead, actions, offline = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { visited } = useRoute()
  useEffect(() => {
    document.title = `${title} · Assay`
  }, [title])
  useEffect(() => {
    if (visited > 0) heading.current?.focus({ preventScroll: true })
  }, [visited])

  return (
    <article className="grid gap-6 pt-4 sm:pt-8">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <div className="grid min-w-0 gap-2">
          <h1 ref={heading} tabIndex={-1} className="font-semibold text-title outline-none [overflow-wrap:anywhere]">
            {title}
          </h1>
          {lead && <div className="max-w-[62ch] text-pretty text-quiet leading-relaxed">{lead}</div>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {offline ? children : <NetworkGate>{children}</NetworkGate>}
    </article>
  )
}
