import { join } from 'node:path'
import type { NextConfig } from 'next'

const config: NextConfig = {
  output: 'export',
  // Each page is a folder with an index.html, which every file server and IPFS gateway serves.
  trailingSlash: true,
  transpilePackages: ['@assay/sdk', '@assay/circuits'],
  turbopack: { root: join(import.meta.dirname, '..') },
  // Types are checked once for the whole repository by `npm test`, not again by each build.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  devIndicators: false,
  reactStrictMode: true,
}

export default config
