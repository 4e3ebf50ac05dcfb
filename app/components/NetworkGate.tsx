'use client'
import { lazy, type ReactNode, Suspense, use } from 'react'
import { MarketProvider, useNetworkFile } from '../hooks/useNetwork'
import { Loading } from './Loading'

const NetworkProblem = lazy(async () => ({ default: (await import('./NetworkProblem')).NetworkProblem }))

/** What needs an open network: bars while it is opened, and what to do when it cannot be. */
export function NetworkGate({ children }: { children: ReactNode }) {
  const market = use(MarketProvider)
  const { error, isFetching, refetch } = useNetworkFile()
  if (market) return children
  const loading = <Loading what="Opening the network" rows={5} />
  if (!error) return loading
  return (
    <Suspense fallback={loading}>
      <NetworkProblem error={error} retrying={isFetching} onRetry={() => refetch()} />
    </Suspense>
  )
}
