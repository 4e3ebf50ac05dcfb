import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openContentBlocks } from './contentBlocks.ts'
import { listen } from './listen.ts'
import { probeContent } from './probeContent.ts'

const folder = await mkdtemp(join(tmpdir(), 'assay-probe-'))
after(() => rm(folder, { recursive: true, force: true }))

/** The first state that is reported. */
async function probed(asked: { directory?: string; gatewayUrls: string[]; lost?: boolean }) {
  const directory = join(folder, asked.directory ?? 'content')
  const blocks = await openContentBlocks(directory)
  if (asked.lost) await rm(directory, { recursive: true })
  const stop = new AbortController()
  const states: { ok: boolean; detail: string }[] = []
  const report = (state: { ok: boolean; detail: string }) => {
    states.push(state)
    stop.abort()
  }
  await probeContent({ blocks, gatewayUrls: asked.gatewayUrls, everyMs: 10, report }, stop.signal)
  return states[0] ?? assert.fail('nothing was reported')
}

test('behavior: S0-REL-4 without gateways the store of this machine is all that content needs', async () => {
  assert.equal((await probed({ gatewayUrls: [] })).ok, true)
})

test('error: S0-REL-4 a store whose directory is gone is named', async () => {
  const { ok, detail } = await probed({ directory: 'lost', gatewayUrls: [], lost: true })

  assert.equal(ok, false)
  assert.match(detail, /content\.embedded\.directory/)
})

test('behavior: S0-TASK-1 with gateways, one of them has to answer', async () => {
  const status = { code: 503 }
  const gateway = createServer((_request, response) => response.writeHead(status.code).end())
  const { url, close } = await listen(gateway, { host: '127.0.0.1', port: 0 })

  const failing = await probed({ gatewayUrls: [url] })
  status.code = 404
  const answering = await probed({ gatewayUrls: ['http://127.0.0.1:9', url] })
  await close()

  assert.equal(failing.ok, false)
  assert.match(failing.detail, /no answer from/)
  assert.equal(answering.ok, true)
})
