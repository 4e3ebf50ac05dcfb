'use client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useState } from 'react'
import { Header } from './Header'
import { Intro } from './Intro'
import { NetworkGate } from './NetworkGate'

/** Composition root of the page. */
export function App() {
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: 1 } } }))
  return (
    <QueryClientProvider client={queries}>
      <div className="mx-auto w-full max-w-[1200px] px-4 sm:px-6">
        <NetworkGate shell={<Shell />} />
      </div>
    </QueryClientProvider>
  )
}

/** What can be shown before any network is open. */
function Shell() {
  return (
    <>
      <Header />
      <Intro />
    </>
  )
}
