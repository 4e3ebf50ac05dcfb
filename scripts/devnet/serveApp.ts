import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Network } from '@assay/sdk/deployment'
import type { DevnetParts } from './startDevnet.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.ico': 'image/x-icon',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
}

/** The page brings its Content-Security-Policy in a meta element (app/sealPage.ts); these headers cannot be set from there. */
const securityHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
}

/** What gzip makes smaller; fonts and images are compressed already. */
const compressible = new Set(['.html', '.js', '.css', '.json', '.svg', '.txt', '.wasm'])

/** Serves the exported page, compressed as any host does, and the network file as `/network.json`, until the signal aborts. */
export async function serveApp(
  network: Network,
  { root, ports, signal }: Pick<DevnetParts, 'root' | 'ports' | 'signal'>,
): Promise<void> {
  const folder = path.join(root, 'app/out')
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end()
      return
    }
    const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (pathname === '/network.json') {
      const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
      response.writeHead(200, headers).end(JSON.stringify(network))
      return
    }
    const file = findFile(folder, pathname)
    // The addresses in a page are relative to its folder, so that one has to end with a slash.
    if (file?.endsWith(`${path.sep}index.html`) && !pathname.endsWith('/') && !pathname.endsWith('.html')) {
      response.writeHead(308, { Location: `${pathname.replace(/^\/+/, '/')}/${search}` }).end()
      return
    }
    const shown = file ?? path.join(folder, '404.html')
    if (!existsSync(shown)) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n')
      return
    }
    // Names below _next/static hold their content's hash.
    const cache = pathname.startsWith('/_next/static/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    const extension = path.extname(shown)
    const zipped = compressible.has(extension) && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    response.writeHead(file === undefined ? 404 : 200, {
      'Content-Type': types[extension] ?? 'application/octet-stream',
      'Cache-Control': cache,
      Vary: 'Accept-Encoding',
      ...(zipped && { 'Content-Encoding': 'gzip' }),
    })
    // A reader that leaves early ends the file too, and there is nobody left to tell.
    const left = () => undefined
    if (request.method === 'HEAD') response.end()
    else if (zipped) pipeline(createReadStream(shown), createGzip(), response, left)
    else pipeline(createReadStream(shown), response, left)
  })
  signal.addEventListener('abort', () => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(ports.app, '127.0.0.1', resolve)
  })
}

/** The file of a URL path inside the folder, or undefined. */
function findFile(folder: string, pathname: string): string | undefined {
  let name: string
  try {
    name = path.normalize(decodeURIComponent(pathname))
  } catch {
    // A path with a broken escape names no file.
    return undefined
  }
  const candidates = [name, `${name}.html`, path.join(name, 'index.html')].map((part) => path.join(folder, part))
  return candidates.find((file) => file.startsWith(folder + path.sep) && existsSync(file) && statSync(file).isFile())
}
