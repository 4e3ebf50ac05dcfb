'use client'
import type { ReactNode } from 'react'
import { useNetworkFile } from '../hooks/useNetwork'
import { Logo } from './Logo'
import { ThemeToggle } from './ThemeToggle'

export function Header({ children }: { children?: ReactNode }) {
  const { data: market } = useNetworkFile()
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-2 py-4">
      <a href="/" className="mr-auto rounded-md" aria-label="Assay, start page">
        <Logo />
      </a>
      {market && (
        <span className="hidden items-center gap-2 text-quiet text-sm sm:inline-flex">
          <span className="size-2 rounded-full bg-proved" aria-hidden="true" />
          {market.network.name} · chain {market.network.chainId}
        </span>
      )}
      {children}
      <ThemeToggle />
    </header>
  )
}
