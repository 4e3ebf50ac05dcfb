import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { serveApp } from './serveApp.ts'

describe('serveApp', () => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'assay-serve-'))
  const stop = new AbortController()
  const app = 20_000 + Math.floor(Math.random() * 12_000)
  const zero = '0x0000000000000000000000000000000000000001' as const
  const network = {
    name: 'test',
    chainId: 31_337,
    rpcUrl: 'http://127.0.0.1:1',
    contentApiUrl: 'http://127.0.0.1:2',
    gatewayUrl: 'http://127.0.0.1:2',
    appUrl: 'http://127.0.0.1:3',
    deploymentBlock: 1,
    addresses: {
      jobMarket: zero,
      modelRegistry: zero,
      workerRegistry: zero,
      proofVerifier: zero,
      proofAssurance: zero,
    },
  }

  before(async () => {
    mkdirSync(path.join(root, 'app/out/_next/static'), { recursive: true })
    writeFileSync(path.join(root, 'app/out/index.html'), '<p>page</p>')
    writeFileSync(path.join(root, 'app/out/404.html'), '<p>nothing here</p>')
    writeFileSync(path.join(root, 'app/out/_next/static/a.js'), 'a()')
    mkdirSync(path.join(root, 'app/out/job'))
    writeFileSync(path.join(root, 'app/out/job/index.html'), '<p>job</p>')
    writeFileSync(path.join(root, 'app/secret.txt'), 'secret')
    await serveApp(network, { root, ports: { app, chain: 1, content: 2, worker: 3 }, signal: stop.signal })
  })
  after(() => {
    stop.abort()
    rmSync(root, { recursive: true })
  })

  /** Sends the path as it is, which fetch would tidy. */
  const get = (pathname: string, method = 'GET') =>
    new Promise<{ status: number | undefined; headers: http.IncomingHttpHeaders; body: string }>((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port: app, path: pathname, method }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
      })
      request.on('error', reject).end()
    })

  it('error: a path that leaves the folder, or has a broken escape, finds nothing', async () => {
    for (const pathname of ['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/%ff', '/%00', '/missing']) {
      const { status, body } = await get(pathname)

      assert.equal(status, 404, pathname)
      assert.equal(body, '<p>nothing here</p>')
    }
  })

  it('error: other methods are refused', async () => {
    assert.equal((await get('/', 'POST')).status, 405)
  })

  it('behavior: serves the page, its files, and the network file, with headers that protect it', async () => {
    const [page, script, file] = await Promise.all([get('/'), get('/_next/static/a.js'), get('/network.json')])

    assert.deepEqual([page.status, page.body], [200, '<p>page</p>'])
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(page.headers['x-content-type-options'], 'nosniff')
    assert.equal(page.headers['content-security-policy'], "frame-ancestors 'none'")
    assert.match(String(script.headers['cache-control']), /immutable/)
    assert.deepEqual(JSON.parse(file.body), network)
    assert.equal(file.headers['cache-control'], 'no-store')
  })

  it('behavior: text is compressed for those who take it, and only for them', async () => {
    const zipped = await fetch(`http://127.0.0.1:${app}/_next/static/a.js`, { headers: { 'Accept-Encoding': 'gzip' } })
    const plain = await get('/_next/static/a.js')

    assert.equal(zipped.headers.get('content-encoding'), 'gzip')
    assert.equal(await zipped.text(), 'a()')
    assert.deepEqual([plain.headers['content-encoding'], plain.body], [undefined, 'a()'])
    assert.equal(plain.headers.vary, 'Accept-Encoding')
  })

  it('behavior: a page is served at its folder, and its address without the slash leads there with its query', async () => {
    const [page, short] = await Promise.all([get('/job/?id=0x1'), get('/job?id=0x1')])

    assert.deepEqual([page.status, page.body], [200, '<p>job</p>'])
    assert.deepEqual([short.status, short.headers.location], [308, '/job/?id=0x1'])
  })

  it('error: an address that names another host in its path does not lead there', async () => {
    const { headers } = await get('//evil.test/%2e%2e/job')

    assert.doesNotMatch(headers.location ?? '', /^\/\//)
  })
})
