'use client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useState } from 'react'
import { MarketProvider, useNetworkFile } from '../hooks/useNetwork'
import { ServedRoute } from '../hooks/useRoute'
import { WalletProvider } from '../hooks/useWallet'
import type { Route } from '../routes'
import { createWalletStore } from '../wallet'
import { Navigation } from './Navigation'
import { RouteView } from './RouteView'

const LiveUpdates = lazy(async () => ({ default: (await import('./LiveUpdates')).LiveUpdates }))
const ConnectDialog = lazy(async () => ({ default: (await import('./ConnectDialog')).ConnectDialog }))

/** Composition root of every page. `route` is the page that the exported file is for, `children` its view. */
export function App({ route, children }: { route: Route; children: ReactNode }) {
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: 1 } } }))
  return (
    <ServedRoute value={route}>
      <QueryClientProvider client={queries}>
        <Opened>{children}</Opened>
      </QueryClientProvider>
    </ServedRoute>
  )
}

/** Opens the network and the wallet side by side with the page that is shown meanwhile. */
function Opened({ children }: { children: ReactNode }) {
  const { data: market } = useNetworkFile()
  const [connecting, setConnecting] = useState(false)
  const store = useMemo(() => market && createWalletStore(market.network), [market])
  const askToConnect = useCallback(() => setConnecting(true), [])
  const wallet = useMemo(() => ({ store, askToConnect }), [store, askToConnect])

  return (
    <MarketProvider value={market}>
      <WalletProvider value={wallet}>
        <a href="#content" className="button-main fixed top-2 left-2 z-30 not-focus:sr-only">
          Skip to the content
        </a>
        <Navigation />
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-[1200px] px-4 pb-28 outline-none sm:px-6 lg:pb-16"
        >
          <RouteView>{children}</RouteView>
        </main>
        {market && (
          <Suspense>
            <LiveUpdates />
          </Suspense>
        )}
        {store && connecting && (
          <Suspense>
            <ConnectDialog store={store} onClose={() => setConnecting(false)} />
          </Suspense>
        )}
      </WalletProvider>
    </MarketProvider>
  )
}
