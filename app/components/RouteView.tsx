'use client'
import { type ComponentType, lazy, type ReactNode, Suspense, use } from 'react'
import { ServedRoute, useRoute } from '../hooks/useRoute'
import type { Route } from '../routes'
import { Loading } from './Loading'

const views: Record<Route, ComponentType> = {
  '/': lazy(async () => ({ default: (await import('../views/HomeView')).HomeView })),
  '/models/': lazy(async () => ({ default: (await import('../views/ModelsView')).ModelsView })),
  '/model/': lazy(async () => ({ default: (await import('../views/ModelView')).ModelView })),
  '/jobs/': lazy(async () => ({ default: (await import('../views/JobsView')).JobsView })),
  '/job/': lazy(async () => ({ default: (await import('../views/JobView')).JobView })),
  '/worker/': lazy(async () => ({ default: (await import('../views/WorkerView')).WorkerView })),
  '/owner/': lazy(async () => ({ default: (await import('../views/OwnerView')).OwnerView })),
  '/network/': lazy(async () => ({ default: (await import('../views/NetworkView')).NetworkView })),
  '/disputes/': lazy(async () => ({ default: (await import('../views/DisputesView')).DisputesView })),
  '/governance/': lazy(async () => ({ default: (await import('../views/GovernanceView')).GovernanceView })),
  '/settings/': lazy(async () => ({ default: (await import('../views/SettingsView')).SettingsView })),
}

/** The page that was served, and after that whichever the reader opens; code of the others is loaded when they are opened. */
export function RouteView({ children }: { children: ReactNode }) {
  const served = use(ServedRoute)
  const { route } = useRoute()
  if (route === served) return children
  const View = views[route]
  return (
    <Suspense fallback={<Loading what="Opening the page" />}>
      <View />
    </Suspense>
  )
}
