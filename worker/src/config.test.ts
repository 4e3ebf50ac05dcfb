import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { ConfigInvalidError, loadConfig, loadExecutorConfig } from './config.ts'
import { executorConfig, settings, workerConfig } from './configSettings.ts'

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
  assert.deepEqual(config.content.embedded, { directory: '', servePort: 0 })
})

test('behavior: S0-CFG-1 the environment overrides every setting', () => {
  const config = loadConfig(write({ ...base, chain: { pollMs: 7, logRange: 9 } }), {
    ASSAY_WORKER_CHAIN_POLL_MS: '250',
    ASSAY_WORKER_ADMISSION_MIN_PRICE_WEI: '1000000000000000000',
    ASSAY_WORKER_CONTENT_GATEWAY_URLS: 'http://127.0.0.1:1, http://127.0.0.1:2',
    ASSAY_WORKER_CONTENT_EMBEDDED_DIRECTORY: 'here',
    ASSAY_WORKER_CONTENT_EMBEDDED_SERVE_PORT: '5001',
    ASSAY_WORKER_LOG_LEVEL: 'warn',
    PATH: '/bin',
  })

  assert.equal(config.chain.pollMs, 250)
  assert.equal(config.chain.logRange, 9)
  assert.equal(config.admission.minPriceWei, 10n ** 18n)
  assert.deepEqual(config.content.gatewayUrls, ['http://127.0.0.1:1', 'http://127.0.0.1:2'])
  assert.deepEqual(config.content.embedded, { directory: join(process.cwd(), 'here'), servePort: 5001 })
  assert.equal(config.log.level, 'warn')
})

test('error: S0-KEY-3 the passphrase is on no descriptor of the terminal, and in no file outside the credentials', () => {
  const lines = linesOf(() => loadConfig(write({ ...base, passphraseDescriptor: 1, passphraseCredential: 'a/b' }), {}))
  const config = loadConfig(write(base), { ASSAY_WORKER_PASSPHRASE_DESCRIPTOR: '3' })

  assert.deepEqual(
    lines.map((line) => line.split(':')[0]),
    ['passphraseDescriptor', 'passphraseCredential'],
  )
  assert.equal(config.passphraseDescriptor, 3)
})

test('invariant: S0-CFG-1 every key of the examples is a setting, and every setting is in its example', () => {
  for (const { example, settings } of [workerConfig, executorConfig]) {
    const values = parse(readFileSync(new URL(`../../${example}`, import.meta.url), 'utf8'))
    const keys = (value: unknown, path: string): string[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, member]) => keys(member, path === '' ? key : `${path}.${key}`))
        : [path]

    assert.deepEqual(keys(values, '').sort(), settings.map(({ key }) => key).sort())
  }
})

test('invariant: S0-CFG-1 every setting says what it means and takes, and its variable overrides it', () => {
  const others: Record<string, string> = {
    networkFile: join(folder, 'network.json'),
    pkcs11Uri: 'pkcs11:object=worker?module-path=/usr/lib/softhsm/libsofthsm2.so',
    passphraseCredential: 'worker.passphrase',
    'signer.url': 'http://127.0.0.1:9',
    'signer.address': address,
    'chain.pushUrl': 'ws://127.0.0.1:9',
    'admission.models': `0x${'ab'.repeat(32)}`,
    'admission.proveBeforeClaim': 'always',
    'sandbox.requireIsolation': 'isolated',
    'queue.kind': 'redis',
    'queue.url': 'redis://127.0.0.1:9',
    'queue.prefix': 'other',
    'log.level': 'error',
    'telemetry.otlpUrl': 'http://127.0.0.1:4318',
  }
  const environment = Object.fromEntries(
    settings.map(({ key, kind, environment }) => {
      const plain = kind === 'number' || key.endsWith('Wei') ? '13' : kind === 'list' ? 'http://127.0.0.1:9' : '/other'
      return [environment, others[key] ?? plain]
    }),
  )

  const config: Record<string, unknown> = loadConfig(write({}), environment)

  for (const { key, path, takes, meaning, environment: name } of settings.filter(({ key }) => key !== 'networkFile')) {
    // What the loop walks through is a tree of plain objects.
    const value = path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], config)
    assert.equal(String(value), environment[name], key)
    assert.ok(takes !== '' && /\.$/.test(meaning), key)
  }
  assert.equal(
    settings.find(({ key }) => key === 'limits.stopSeconds')?.environment,
    'ASSAY_WORKER_LIMITS_STOP_SECONDS',
  )
})

test('error: S0-CFG-1 each wrong key has its own line, which says what it takes', () => {
  const path = write({
    networkFile: 'network.json',
    dataDir: 5,
    chain: { pollMs: -1, pollms: 3, rpcUrls: ['ftp://user:secret@a.test'] },
    admission: { minPriceWei: 'much', models: ['0x1'] },
    content: 7,
    signer: { url: 'http://127.0.0.1:9' },
    http: { allowedOrigins: ['https://app.test/page'] },
    log: { level: 'loud' },
    more: 1,
  })

  const lines = linesOf(() => loadConfig(path, { ASSAY_WORKER_HTTP_PORT: '99999', ASSAY_WORKER_HTTP_POR: '1' }))

  assert.deepEqual(lines.sort(), [
    'ASSAY_WORKER_HTTP_POR: is no setting of the worker; unset it, or take a name from docs/worker-config.md.',
    'admission.minPriceWei: is "much"; set a whole number of wei.',
    'admission.models.0: is ["0x1"]; set a list of model ids of 32 bytes in lower-case hex.',
    'chain.pollMs: is -1; set a whole number of at least 1.',
    'chain.pollms: is no setting of the worker; did you mean chain.pollMs?',
    'chain.rpcUrls.0: is wrong; set a list of http or https URLs.',
    'content: holds keys of its own; see docs/worker-config.md.',
    'dataDir: is 5; set a path.',
    'http.allowedOrigins.0: is ["https://app.test/page"]; set a list of origins: http or https, a host, and nothing after it.',
    'http.port: is 99999 in ASSAY_WORKER_HTTP_PORT; set a whole number from 0 to 65535.',
    'keyFile: is missing; set a path, or nothing.',
    'log.level: is "loud"; set debug, info, warn or error.',
    'more: is no setting of the worker; remove it, or take a key from docs/worker-config.md.',
    'signer.address: is missing; set it to the account that the signer at signer.url signs for.',
  ])
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

test('behavior: S0-CFG-1 an executor has settings of its own, and variables of its own prefix', () => {
  const config = loadExecutorConfig(write({ dataDir: 'data', queue: { urlFile: 'redis.url' } }), {
    ASSAY_EXECUTOR_LIMITS_SLOTS: '3',
    ASSAY_WORKER_CHAIN_POLL_MS: '5',
  })

  assert.equal(config.limits.slots, 3)
  assert.equal(config.queue.urlFile, join(folder, 'redis.url'))
  assert.equal(config.queue.leaseSeconds, 30)
})

test('error: S0-CFG-1 a fleet without a place for its queue is one line, for the worker and for an executor', () => {
  const line = 'queue.url: is missing; set the URL of Redis, or urlFile.'

  assert.deepEqual(
    linesOf(() => loadConfig(write({ ...base, queue: { kind: 'redis' } }), {})),
    [line],
  )
  assert.deepEqual(
    linesOf(() => loadExecutorConfig(write({ dataDir: 'data' }), {})),
    [line],
  )
  assert.deepEqual(
    linesOf(() => loadExecutorConfig(write({ dataDir: 'data', keyFile: 'k', queue: { url: 'http://a.test' } }), {})),
    [
      'queue.url: is wrong; set a redis or rediss URL, or nothing.',
      'keyFile: is no setting of the executor; remove it, or take a key from docs/executor-config.md.',
    ],
  )
})
