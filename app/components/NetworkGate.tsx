'use client'
import { type ReactNode, use } from 'react'
import { MarketProvider, useNetworkFile } from '../hooks/useNetwork'
import { Loading } from './Loading'
import { NetworkProblem } from './NetworkProblem'

/** What needs an open network: bars while it is opened, and what to do when it cannot be. */
export function NetworkGate({ children }: { children: ReactNode }) {
  const market = use(MarketProvider)
  const { error, isFetching, refetch } = useNetworkFile()
  if (market) return children
  if (error) return <NetworkProblem error={error} retrying={isFetching} onRetry={() => refetch()} />
  return <Loading what="Opening the network" rows={5} />
}
