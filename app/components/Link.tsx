'use client'
import type { MouseEvent, ReactNode } from 'react'
import { openPage, useRoute } from '../hooks/useRoute'
import { hrefOf, type Route } from '../routes'

type LinkProps = {
  to: Route
  query?: Readonly<Record<string, string>>
  className?: string
  /** Marks the link when the reader is on its page. */
  marksCurrent?: boolean
  onClick?: () => void
  children: ReactNode
}

/** Leads to another page of the app, in place; opens a tab of its own when asked for one. */
export function Link({ to, query, className, marksCurrent = false, onClick, children }: LinkProps) {
  const { route } = useRoute()
  const target = query ? { to, query } : { to }
  const follow = (event: MouseEvent) => {
    onClick?.()
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    openPage(target)
  }
  return (
    <a
      href={hrefOf(route, target)}
      className={className}
      aria-current={marksCurrent && route === to ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  )
}
