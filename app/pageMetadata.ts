import type { Metadata } from 'next'
import { type Route, titles } from './routes'

/** What the exported file of a page says of itself before any script runs. */
export function pageMetadata(route: Route): Metadata {
  return { title: `${titles[route]} · Assay` }
}
