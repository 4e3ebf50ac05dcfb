import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { workerStatusSchema } from '@assay/sdk/readWorkerStatus'
import { zeroHash } from 'viem'
import { fakeOrder } from './fakeOrder.ts'
import { fakeSources } from './fakeSources.ts'
import { createHealth } from './health.ts'
import { startStatusServer } from './statusServer.ts'
import type { StoredJob } from './store.ts'
import { type StatusSources, workerPages } from './workerPages.ts'
import { workerStatus } from './workerStatus.ts'

const closing: (() => Promise<void>)[] = []
after(async () => {
  for (const close of closing) await close()
})

async function serve(overrides: Partial<StatusSources>) {
  const { url, close } = await startStatusServer(workerPages(fakeSources(overrides)), { host: '127.0.0.1', port: 0 })
  closing.push(close)
  return async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}${path}`, init)
    return { status: response.status, text: await response.text() }
  }
}

const dayMs = 24 * 3600 * 1000
const identity = { network: { name: 'test', chainId: 5 }, signer: '0x01', startedAt: Date.now() - 90_000 }

test('behavior: S0-REL-4 a dependency that is down flips its own flag in /health, and /ready, and nothing else', async () => {
  const health = createHealth(() => undefined)
  const dependencies = ['chain', 'content', 'account', 'sandbox', 'queue', 'prover'] as const
  for (const dependency of dependencies) health.report(dependency, { ok: true, detail: 'answers' })
  const get = await serve({ health })
  const flags = async () => {
    const { status, text } = await get('/health')
    const shown: Record<string, { ok: boolean }> = JSON.parse(text).dependencies
    return [status, dependencies.filter((dependency) => shown[dependency]?.ok !== true)]
  }

  assert.deepEqual(await flags(), [200, []])
  for (const down of dependencies) {
    health.report(down, { ok: false, detail: 'no answer' })
    assert.deepEqual(await flags(), [503, [down]])
    assert.deepEqual([(await get('/ready')).status, (await get('/live')).status], [503, 200])
    health.report(down, { ok: true, detail: 'answers' })
  }
  assert.deepEqual(await flags(), [200, []])
})

test('behavior: S0-REL-1 S0-REL-4 /health tells of each endpoint, of the sandbox and how old the key is', async () => {
  const keyCreatedAt = new Date(Date.now() - 40.5 * dayMs).toISOString()
  const get = await serve({
    identity: { ...identity, keyCreatedAt },
    endpoints: { states: () => [{ label: '1:a.test', breaker: 'open', head: 7 }] },
  })

  const { endpoints, sandbox, key } = JSON.parse((await get('/health')).text)

  assert.deepEqual(endpoints, [{ label: '1:a.test', breaker: 'open', head: 7 }])
  assert.deepEqual(sandbox, { rung: 'limited', waiting: 1 })
  assert.deepEqual(key, { createdAt: keyCreatedAt, ageDays: 40 })
})

test('behavior: S0-REL-5 /status has claimed jobs and those under way, with the time that is left', async () => {
  const now = 1_000_000_000_000
  const job = (index: number, due?: number): StoredJob => ({
    jobId: `0x${index}`,
    order: fakeOrder({ modelId: zeroHash }),
    status: 'open',
    stage: 'prove',
    requestBlock: 1,
    durations: {},
    updatedAt: now,
    price: 5n,
    due,
  })
  const jobs = [job(1, now / 1000 + 60), job(2, now / 1000 - 5), job(3), job(4)]
  const store = { ...fakeSources().store, openJobs: () => jobs }

  const { working } = await workerStatus(fakeSources({ store, running: () => ['0x1', '0x3'] }), now)

  assert.deepEqual(
    working.map(({ jobId, running, secondsLeft }) => [jobId, running, secondsLeft]),
    [
      ['0x1', true, 60],
      ['0x2', false, -5],
      ['0x3', true, undefined],
    ],
  )
})

test('behavior: S0-REL-5 what /status says is what its schema says, amounts as text', async () => {
  const operator = { address: '0x02', free: `${10n ** 20n}`, bonded: '0', minStake: '1', balance: '7' }
  const get = await serve({
    identity,
    account: async () => ({ readAt: new Date().toISOString(), gasMoney: '3', operator }),
    store: { ...fakeSources().store, earnings: () => ({ jobs: 2, wei: 10n ** 20n }) },
  })

  const { status, text } = await get('/status')

  const parsed = workerStatusSchema.parse(JSON.parse(text))
  assert.equal(status, 200)
  assert.deepEqual(parsed.earned.total, { jobs: 2, wei: `${10n ** 20n}` })
  assert.deepEqual(parsed.account?.operator, operator)
  assert.ok(parsed.uptimeSeconds >= 90)
})

test('soundness: in a browser only pages of this machine and of the allowed origins read what it says', async () => {
  const { url, close } = await startStatusServer(workerPages(fakeSources({})), {
    host: '127.0.0.1',
    port: 0,
    allowedOrigins: ['https://app.example.org'],
  })
  closing.push(close)
  const readable = async (origin: string) => {
    const { headers } = await fetch(`${url}/live`, { headers: { Origin: origin } })
    return headers.get('access-control-allow-origin')
  }

  for (const origin of ['https://app.example.org', 'http://localhost:3000', 'http://127.0.0.1']) {
    assert.equal(await readable(origin), origin)
  }
  for (const origin of ['https://app.example.org.evil.example', 'https://app.example.org:444', 'null']) {
    assert.equal(await readable(origin), null)
  }
})

test('error: S0-KEY-1 keys of providers and passwords in URLs are on no page', async () => {
  const health = createHealth(() => undefined)
  health.report('content', { ok: false, detail: 'no answer from https://user:hunter2@gate.test/SECRET?key=SECRET' })
  const get = await serve({ health, identity })

  const pages = await Promise.all(['/health', '/status', '/jobs', '/metrics', '/ready'].map((page) => get(page)))

  for (const { text } of pages) assert.doesNotMatch(text, /SECRET|hunter2/)
  assert.match(pages[0]?.text ?? '', /no answer from https:\/\/gate\.test"/)
})

test('error: what the server does not have is 404, other methods are 405, and a failure is one sentence', async () => {
  const get = await serve({ account: async () => Promise.reject(new Error('The disk is full.')) })

  assert.equal((await get('/else')).status, 404)
  assert.equal((await get('/health', { method: 'POST' })).status, 405)
  const failed = await get('/status')
  assert.deepEqual([failed.status, JSON.parse(failed.text)], [500, { error: 'The disk is full.' }])
})
