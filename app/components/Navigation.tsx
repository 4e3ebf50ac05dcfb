'use client'
import { use, useState } from 'react'
import { MarketProvider } from '../hooks/useNetwork'
import type { Route } from '../routes'
import { Link } from './Link'
import { Logo } from './Logo'
import { ThemeToggle } from './ThemeToggle'
import { WalletButton } from './WalletButton'

type Item = { to: Route; name: string; icon: string }

const main: readonly Item[] = [
  { to: '/', name: 'Ask', icon: 'M4 16.5 5 12l8.5-8.5 3.5 3.5L8.5 15.5z' },
  { to: '/models/', name: 'Models', icon: 'M10 3 17 6.5 10 10 3 6.5zM3 10l7 3.5 7-3.5M3 13.5 10 17l7-3.5' },
  { to: '/jobs/', name: 'Jobs', icon: 'M4 5h12M4 10h12M4 15h8' },
  { to: '/network/', name: 'Network', icon: 'M3 12h3l2.5-7 4 11L15 9l1 3h1.5' },
]
const more: readonly Item[] = [
  { to: '/worker/', name: 'Worker', icon: 'M5 5h10v10H5zM8 2v3m4-3v3m-4 10v3m4-3v3M2 8h3m-3 4h3m10-4h3m-3 4h3' },
  { to: '/owner/', name: 'Model owner', icon: 'M10 3a3 3 0 1 1 0 6 3 3 0 0 1 0-6M4 17c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5' },
  { to: '/disputes/', name: 'Disputes', icon: 'M10 3v14M5 6h10M5 6l-2.5 6h5zM15 6l-2.5 6h5zM6.5 17h7' },
  { to: '/governance/', name: 'Governance', icon: 'M3 8 10 3.5 17 8zM5 8v7m3.3-7v7m3.4-7v7M15 8v7M3 16.5h14' },
  { to: '/settings/', name: 'Settings', icon: 'M3 6h8m4 0h2M3 14h2m4 0h8M11 4v4M5 12v4' },
]

/** The bar above every page, and on a phone the bar below it. */
export function Navigation() {
  const market = use(MarketProvider)
  return (
    <>
      <header className="sticky top-0 z-10 border-line border-b bg-ground">
        <div className="mx-auto flex min-h-16 w-full max-w-[1200px] items-center gap-2 px-4 sm:px-6">
          <Link to="/" className="mr-4 rounded-md">
            <Logo />
          </Link>
          <nav aria-label="Pages" className="hidden items-center gap-0.5 lg:flex">
            {main.map(({ to, name }) => (
              <Link key={to} to={to} marksCurrent className="nav-link">
                {name}
              </Link>
            ))}
            <More />
          </nav>
          <div className="ml-auto flex items-center gap-2">
            {market && (
              <span className="hidden items-center gap-2 text-quiet text-sm xl:inline-flex">
                <span className="size-2 rounded-full bg-proved" aria-hidden="true" />
                {market.network.name} · chain {market.network.chainId}
              </span>
            )}
            <WalletButton />
            <span className="max-sm:hidden">
              <ThemeToggle />
            </span>
          </div>
        </div>
      </header>
      <nav
        aria-label="Pages"
        className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-5 border-line border-t bg-sheet pb-[env(safe-area-inset-bottom)] lg:hidden"
      >
        {main.map(({ to, name, icon }) => (
          <Link key={to} to={to} marksCurrent className="tab-link">
            <Icon path={icon} />
            {name}
          </Link>
        ))}
        <More phone />
      </nav>
    </>
  )
}

/** The pages that fewer people need, behind one press. */
function More({ phone = false }: { phone?: boolean }) {
  const [open, setOpen] = useState(false)
  const close = () => setOpen(false)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms, and this opens and closes a list of links.
    <div
      role="group"
      aria-label="More pages"
      className={phone ? 'grid' : 'relative'}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && close()}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <button
        type="button"
        aria-expanded={open}
        className={phone ? 'tab-link' : 'nav-link'}
        onClick={() => setOpen((known) => !known)}
      >
        {phone && <Icon path="M4 6h12M4 10h12M4 14h12" />}
        More
      </button>
      {open && (
        <ul
          className={`sheet absolute z-20 grid min-w-52 animate-arrive p-1.5 shadow-float ${phone ? 'right-3 bottom-full mb-2' : 'top-full left-0 mt-1'}`}
        >
          {more.map(({ to, name, icon }) => (
            <li key={to}>
              <Link
                to={to}
                marksCurrent
                className="flex min-h-11 items-center gap-3 rounded-md px-3 text-sm hover:bg-sunken aria-[current=page]:font-semibold"
                onClick={close}
              >
                <Icon path={icon} />
                {name}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 20 20" className="size-5" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d={path} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}
