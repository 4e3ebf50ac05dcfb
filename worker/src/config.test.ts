import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { ConfigInvalidError, environmentNames, loadConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-config-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const address = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
writeFileSync(
  join(folder, 'network.json'),
  JSON.stringify({
    name: 'test',
    chainId: 31337,
    rpcUrl: 'http://127.0.0.1:8545',
    contentApiUrl: 'http://127.0.0.1:5001',
    gatewayUrl: 'http://127.0.0.1:5001',
    appUrl: 'http://127.0.0.1:3000',
    deploymentBlock: 3,
    addresses: {
      jobMarket: address,
      modelRegistry: address,
      workerRegistry: address,
      proofVerifier: address,
      proofAssurance: address,
    },
  }),
)
const base = { networkFile: 'network.json', keyFile: 'worker.key', dataDir: 'data' }

function write(values: unknown): string {
  const path = join(folder, 'worker.yaml')
  writeFileSync(path, stringify(values))
  return path
}

function linesOf(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof ConfigInvalidError)
    return error.lines
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' })
}

test('behavior: S0-CFG-1 what is left out gets its default, and paths start at the file', () => {
  const config = loadConfig(write(base), {})

  assert.equal(config.network.deploymentBlock, 3)
  assert.equal(config.keyFile, join(folder, 'worker.key'))
  assert.equal(config.chain.pollMs, 1000)
  assert.equal(config.admission.minPriceWei, 0n)
  assert.equal(config.content.serve, undefined)
})

test('behavior: S0-CFG-1 the environment overrides every setting', () => {
  const config = loadConfig(write({ ...base, chain: { pollMs: 7, logRange: 9 } }), {
    ASSAY_WORKER_CHAIN_POLL_MS: '250',
    ASSAY_WORKER_ADMISSION_MIN_PRICE_WEI: '1000000000000000000',
    ASSAY_WORKER_CONTENT_GATEWAY_URLS: 'http://127.0.0.1:1, http://127.0.0.1:2',
    ASSAY_WORKER_CONTENT_SERVE_DIRECTORY: 'here',
    ASSAY_WORKER_CONTENT_SERVE_PORT: '5001',
    ASSAY_WORKER_LOG_LEVEL: 'warn',
    PATH: '/bin',
  })

  assert.equal(config.chain.pollMs, 250)
  assert.equal(config.chain.logRange, 9)
  assert.equal(config.admission.minPriceWei, 10n ** 18n)
  assert.deepEqual(config.content.gatewayUrls, ['http://127.0.0.1:1', 'http://127.0.0.1:2'])
  assert.deepEqual(config.content.serve, { directory: join(process.cwd(), 'here'), port: 5001 })
  assert.equal(config.log.level, 'warn')
})

test('invariant: S0-CFG-1 every key of the example is a setting, and every setting is in the example', () => {
  const text = readFileSync(new URL('../../config/worker.yaml', import.meta.url), 'utf8')
  const example = parse(text.replace('# serve:', 'serve:'))
  const keys = (value: unknown, path: string): string[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, member]) => keys(member, path === '' ? key : `${path}.${key}`))
      : [path]

  assert.deepEqual(keys(example, '').sort(), [...environmentNames().keys()].sort())
  assert.equal(environmentNames().get('limits.stopSeconds'), 'ASSAY_WORKER_LIMITS_STOP_SECONDS')
})

test('error: S0-CFG-1 each wrong key has its own line', () => {
  const path = write({
    networkFile: 'network.json',
    dataDir: 5,
    chain: { pollMs: -1, pollms: 3 },
    log: { level: 'loud' },
  })

  const lines = linesOf(() => loadConfig(path, { ASSAY_WORKER_HTTP_PORT: '99999', ASSAY_WORKER_HTTP_POR: '1' }))

  for (const key of [
    'keyFile:',
    'dataDir:',
    'chain.pollMs:',
    'chain:',
    'log.level:',
    'http.port:',
    'ASSAY_WORKER_HTTP_POR:',
  ]) {
    assert.equal(lines.filter((line) => line.startsWith(key)).length, 1, `${key} in ${lines.join(' | ')}`)
  }
})

test('error: a file that is missing, no YAML or no map is one line', () => {
  const broken = join(folder, 'broken.yaml')
  writeFileSync(broken, 'a: [1')
  const list = join(folder, 'list.yaml')
  writeFileSync(list, '- 1')

  for (const path of [join(folder, 'absent.yaml'), broken, list]) {
    const lines = linesOf(() => loadConfig(path, {}))
    assert.equal(lines.length, 1)
    assert.ok(lines[0]?.includes(path))
  }
})

test('error: a network file that is missing is named', () => {
  const lines = linesOf(() => loadConfig(write({ ...base, networkFile: 'absent.json' }), {}))

  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^networkFile: .*absent\.json cannot be read/)
})
