import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { workerStatusSchema } from '@assay/sdk/readWorkerStatus'
import { startFakeCollector } from '@assay/worker/fakeCollector'
import { encryptKey } from '@assay/worker/keyFileEncrypted'
import { type Hex, hexToBytes, parseEther } from 'viem'
import { runAssay } from './runAssay.ts'
import { startMarket } from './workerMarket.ts'

const market = await startMarket()
const collector = await startFakeCollector()
after(async () => {
  await market.close()
  await collector.close()
})
const { network, heldOut, modelId, folder, client } = market
const operator = client(2).account?.address
const services = ['worker', 'chain', 'content', 'inference', 'prover', 'http', 'queue']
const passphrase = 'correct horse battery staple'
const providerKey = 'PROVIDER-KEY-1234567890'
const gatewayPassword = 'GATEWAY-PASSWORD-1234567890'
// When the first is down too, what is told of them names both.
const gatewayUrls = `${network.gatewayUrl},http://user:${gatewayPassword}@127.0.0.1:1`

/** The worker's key as a keystore; gives back the key in hex, which must be seen nowhere. */
async function writeKeystore(): Promise<string> {
  const key = readFileSync(join(folder, 'worker.key'), 'utf8').trim()
  // The file holds 0x and 64 digits.
  const bytes = hexToBytes(key as Hex)
  const keystore = await encryptKey({ key: bytes, passphrase: Buffer.from(passphrase) })
  writeFileSync(join(folder, 'keystore.json'), JSON.stringify(keystore), { mode: 0o600 })
  writeFileSync(join(folder, 'passphrase'), passphrase, { mode: 0o600 })
  return key.replace(/^0x/, '')
}

async function request(index: number): Promise<Hex> {
  const digit = heldOut[index]
  assert.ok(digit !== undefined)
  return market.request(await market.encode(digit))
}

test('behavior: S0-CFG-2 S0-REL-4 S0-REL-5 S0-KEY-1 what a worker tells of itself while it earns, misses a dependency and stops', async () => {
  const key = await writeKeystore()
  const worker = market.startWorker({
    dataDir: 'operations',
    environment: {
      ASSAY_WORKER_KEY_FILE: join(folder, 'keystore.json'),
      ASSAY_WORKER_PASSPHRASE_FILE: join(folder, 'passphrase'),
      ASSAY_WORKER_CHAIN_RPC_URLS: `${network.rpcUrl}/?key=${providerKey},http://127.0.0.1:1/${providerKey}`,
      ASSAY_WORKER_CHAIN_BREAKER_FAILURES: '1',
      ASSAY_WORKER_CONTENT_GATEWAY_URLS: gatewayUrls,
      ASSAY_WORKER_LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  })
  await worker.waitFor(
    ({ msg, dependency, ok }) => msg === 'dependency changed' && dependency === 'content' && ok === true,
  )
  const url = worker.statusUrl()
  const page = async (path: string) => {
    const response = await fetch(`${url}${path}`)
    return { status: response.status, text: await response.text() }
  }

  // A second endpoint that is down lets nothing be claimed: two have to agree. Its breaker says so, and no other flag.
  const jobId = await request(0)
  await worker.waitFor((line) => line.jobId === jobId && line.reason === 'endpoints-disagree')
  const { endpoints, dependencies } = JSON.parse((await page('/health')).text)
  assert.deepEqual([endpoints.length, endpoints[1].breaker !== 'closed', endpoints[0].breaker], [2, true, 'closed'])
  assert.deepEqual(
    Object.entries<{ ok: boolean }>(dependencies).filter(([, { ok }]) => !ok),
    [],
  )
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)

  const earning = market.startWorker({
    dataDir: 'operations',
    environment: {
      ASSAY_WORKER_KEY_FILE: join(folder, 'keystore.json'),
      ASSAY_WORKER_PASSPHRASE_FILE: join(folder, 'passphrase'),
      ASSAY_WORKER_CHAIN_RPC_URLS: `${network.rpcUrl}/?key=${providerKey}`,
      ASSAY_WORKER_CONTENT_GATEWAY_URLS: gatewayUrls,
      ASSAY_WORKER_LOG_LEVEL: 'debug',
      ASSAY_WORKER_TELEMETRY_OTLP_URL: collector.url,
    },
  })
  await earning.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')
  const shown = await runAssay(['worker', 'status', '--url', earning.statusUrl(), '--json'])
  const status = workerStatusSchema.parse(JSON.parse(shown.stdout))

  assert.equal(shown.exitCode, 0, shown.stderr)
  assert.deepEqual([status.network, status.account?.operator?.address], [{ name: 'test', chainId: 31_337 }, operator])
  assert.deepEqual([status.earned.total.jobs, status.earned.lastDay], [1, status.earned.total])
  assert.equal(status.account?.operator?.balance, status.earned.total.wei)
  assert.equal(status.account?.operator?.free, `${parseEther('1')}`)
  assert.deepEqual([status.proving[0]?.modelId, status.proving[0]?.proofs, status.key?.ageDays], [modelId, 1, 0])

  // Only content goes down, and only its flag; the command says so with its exit code.
  await market.stopContent()
  await earning.waitFor(
    ({ msg, dependency, ok }) => msg === 'dependency changed' && dependency === 'content' && ok === false,
  )
  const down = await runAssay(['worker', 'status', '--url', earning.statusUrl()])
  assert.equal(down.exitCode, 75, down.stderr)
  assert.match(
    down.stderr,
    /^The worker is not ready \(content: no answer from http:\/\/127\.0\.0\.1:\d+, http:\/\/127\.0\.0\.1:1\); /,
  )
  assert.match(down.stdout, /^content +DOWN/m)
  assert.match(down.stdout, /^chain +up/m)
  const metrics = await (await fetch(`${earning.statusUrl()}/metrics`)).text()
  for (const line of [
    'assay_worker_dependency_up{dependency="content"} 0',
    'assay_worker_dependency_up{dependency="chain"} 1',
    'assay_worker_job_slots{of="configured"} 1',
  ])
    assert.ok(metrics.includes(line), line)
  await market.startContent()
  earning.signal('SIGTERM')
  assert.equal(await earning.ended, 0)
  const gone = await runAssay(['worker', 'status', '--url', earning.statusUrl()])
  assert.equal(gone.exitCode, 69, gone.stdout)

  // One trace over both processes.
  assert.deepEqual(collector.wrong, [])
  const spans = collector.spans.filter(({ attributes }) => attributes['assay.job_id'] === jobId)
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1)
  const names = spans.map(({ name }) => name)
  for (const stage of ['admit', 'fetchInput', 'claim', 'runInference', 'prove', 'submit', 'settle', 'job'])
    assert.ok(names.includes(stage), stage)
  const whole = spans.filter(({ name }) => name === 'job')
  assert.deepEqual(
    whole.map(({ attributes }) => attributes['assay.outcome']),
    ['settled'],
  )
  assert.ok(
    spans.some(({ name, status: end }) => name === 'claim' && end.code === 2),
    'the put-off claim is an error',
  )

  // Every line has a service, and a job's lines its id; nobody's secret is in any of them.
  const lines = [...worker.lines, ...earning.lines]
  for (const line of lines) assert.ok(services.includes(String(line.service)), JSON.stringify(line))
  for (const line of lines.filter(({ msg }) => /^(job|stage|transaction (stored|sent|confirmed|parked))/.test(msg)))
    assert.match(String(line.jobId), /^0x[0-9a-f]{64}$/, JSON.stringify(line))
  const served = shown.stdout + down.stdout + metrics + JSON.stringify([endpoints, dependencies])
  const told = JSON.stringify(lines) + worker.errorOutput() + earning.errorOutput() + served + JSON.stringify(spans)
  for (const secret of [key, passphrase, providerKey, gatewayPassword])
    assert.ok(!told.includes(secret), secret.slice(0, 8))
})
