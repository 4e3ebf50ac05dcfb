import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encryptKey } from '@assay/worker/keyFileEncrypted'
import { writeKeyFile } from '@assay/worker/keyFileWrite'
import { listen } from '@assay/worker/listen'
import { startMarket, writeKey } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())

const rawFile = join(market.folder, 'worker.key')
const keyFile = join(market.folder, 'keys', 'worker.json')
const passphraseFile = join(market.folder, 'keys', 'passphrase')
const encrypted = { ASSAY_WORKER_KEY_FILE: keyFile, ASSAY_WORKER_PASSPHRASE_FILE: passphraseFile }

/** Moves the worker's raw key into a keystore. */
async function encryptWorkerKey(): Promise<void> {
  writeKey(rawFile, 2)
  const key = Buffer.from(readFileSync(rawFile, 'utf8').slice(2), 'hex')
  const keystore = await encryptKey({ key, passphrase: Buffer.from('correct horse') })
  writeKeyFile({ path: keyFile, text: JSON.stringify(keystore) }, { replace: true })
  rmSync(rawFile)
}

test('behavior: S2-KEY-4 a worker whose key is encrypted and whose content comes from Kubo earns its price', async () => {
  await encryptWorkerKey()
  writeFileSync(passphraseFile, 'correct horse\n', { mode: 0o600 })
  // The gateway answers, but with nothing true: all that is right comes over Kubo's RPC.
  const liar = await listen(
    createServer((_request, response) => response.end('wrong')),
    { host: '127.0.0.1', port: 0 },
  )
  const environment = {
    ...encrypted,
    ASSAY_WORKER_CONTENT_GATEWAY_URLS: liar.url,
    ASSAY_WORKER_CONTENT_KUBO_URLS: market.network.contentApiUrl,
  }
  const worker = market.startWorker({ environment })
  const [digit] = market.heldOut
  assert.ok(digit !== undefined)

  const jobId = await market.request(await market.encode(digit))
  await worker.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')

  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
  const written = JSON.stringify(worker.lines)
  assert.ok(!written.includes('correct horse'))
  await liar.close()
})

test('error: S0-KEY-3 a wrong passphrase stops the worker with one sentence that does not repeat it', async () => {
  await encryptWorkerKey()
  writeFileSync(passphraseFile, 'incorrect horse', { mode: 0o600 })

  const worker = market.startWorker({ dataDir: 'wrong', environment: encrypted })

  assert.equal(await worker.ended, 1)
  assert.match(worker.errorOutput(), /^The passphrase does not open the keystore of 0x[0-9a-fA-F]{40}, .*\.\n$/)
  assert.ok(!worker.errorOutput().includes('horse'))
})

test('error: S0-KEY-3 a raw key in the environment stops a production worker', async () => {
  const environment = {
    ASSAY_WORKER_KEY_FILE: '',
    ASSAY_PRIVATE_KEY: `0x${'11'.repeat(32)}`,
    ALLOW_ENV_KEY: '1',
    NODE_ENV: 'production',
  }

  const worker = market.startWorker({ dataDir: 'production', environment })

  assert.equal(await worker.ended, 1)
  assert.match(worker.errorOutput(), /^The worker has no key to sign with: .*NODE_ENV=production\.\n$/)
})
