'use client'
import { lazy, type ReactNode, Suspense, useEffect } from 'react'
import { MarketProvider, useNetworkFile } from '../hooks/useNetwork'
import { NetworkProblem } from './NetworkProblem'

const loadMarket = async () => ({ default: (await import('./Market')).Market })
const Market = lazy(loadMarket)

/** Opens the network, says so while it takes time and what to do when it fails. `shell` stands above both until the market is there. */
export function NetworkGate({ shell }: { shell: ReactNode }) {
  const { data: market, error, isFetching, refetch } = useNetworkFile()
  useEffect(() => {
    // Fetched while the network is opened, so that neither waits for the other; a failure is shown when it is rendered.
    loadMarket().catch(() => undefined)
  }, [])

  const opening = (
    <Waiting shell={shell}>
      <p role="status" className="sheet grid min-h-72 place-items-center p-8 text-quiet">
        <span className="animate-waiting">Opening the network…</span>
      </p>
    </Waiting>
  )
  if (error) {
    return (
      <Waiting shell={shell}>
        <NetworkProblem error={error} retrying={isFetching} onRetry={() => refetch()} />
      </Waiting>
    )
  }
  if (!market) return opening
  return (
    <MarketProvider value={market}>
      <Suspense fallback={opening}>
        <Market />
      </Suspense>
    </MarketProvider>
  )
}

function Waiting({ shell, children }: { shell: ReactNode; children: ReactNode }) {
  return (
    <>
      {shell}
      <main className="pb-12">{children}</main>
    </>
  )
}
