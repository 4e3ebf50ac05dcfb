import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { getJob } from '@assay/sdk/getJob'
import { getWorker } from '@assay/sdk/getWorker'
import { registerWorker } from '@assay/sdk/registerWorker'
import { accountOf } from '@assay/sdk/sendCall'
import { encryptKey } from '@assay/worker/keyFileEncrypted'
import { writeKeyFile } from '@assay/worker/keyFileWrite'
import { listen } from '@assay/worker/listen'
import { createSoftHsm } from '@assay/worker/softHsm'
import { type Address, getAddress, type Hex, parseEther, recoverTransactionAddress, serializeTransaction } from 'viem'
import { getTransaction, sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import { startMarket, writeKey } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())

const rawFile = join(market.folder, 'worker.key')
const keyFile = join(market.folder, 'keys', 'worker.json')
const passphraseFile = join(market.folder, 'keys', 'passphrase')
const encrypted = { ASSAY_WORKER_KEY_FILE: keyFile, ASSAY_WORKER_PASSPHRASE_FILE: passphraseFile }

const bin = fileURLToPath(new URL('../../cli/bin/assay.mjs', import.meta.url))

/** Runs `assay worker key …` and reads what it prints. */
function assayKey(...args: string[]): Record<'address' | 'kept', string> & { kdf: string } {
  const network = ['--network', join(market.folder, 'network.json')]
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [bin, ...network, '--json', 'worker', 'key', ...args],
    {
      env: { PATH: process.env.PATH, HOME: market.folder, SOFTHSM2_CONF: process.env.SOFTHSM2_CONF },
      encoding: 'utf8',
    },
  )
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

/** Registers an account as operator of that signer, and gives the signer money for gas. */
async function register(index: number, signer: Address): Promise<Address> {
  const client = market.client(index)
  await registerWorker(client, { deployment: market.network, stake: parseEther('1'), signer })
  const account = accountOf(client)
  const hash = await sendTransaction(client, { account, chain: null, to: signer, value: parseEther('1') })
  await waitForTransactionReceipt(client, { hash })
  return account.address
}

/** The account whose key signed a transaction, as every node of the chain recovers it. */
async function signerOf(hash: Hex): Promise<Address> {
  const { r, s, yParity, type, to, input, gas, nonce, value, chainId, maxFeePerGas, maxPriorityFeePerGas } =
    await getTransaction(market.client(0), { hash })
  assert.ok(type === 'eip1559' && r && s && yParity !== undefined)
  const fields = { type, to, data: input, gas, nonce, value, chainId, maxFeePerGas, maxPriorityFeePerGas } as const
  return recoverTransactionAddress({ serializedTransaction: serializeTransaction(fields, { r, s, yParity }) })
}

async function requestDigit(): Promise<Hex> {
  const [digit] = market.heldOut
  assert.ok(digit !== undefined)
  return market.request(await market.encode(digit))
}

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

test("behavior: S2-KEY-3 S0-KEY-5 a worker's first key lies encrypted, the chain recovers it from the answer, and a job that it claimed is settled after its rotation", async () => {
  const first = join(market.folder, 'first', 'worker.json')
  const passphrase = join(market.folder, 'first-passphrase')
  writeFileSync(passphrase, 'correct horse battery\n', { mode: 0o600 })
  const made = assayKey('new', '--out', first, '--passphrase-file', passphrase)
  const signer = getAddress(made.address)
  const operator = await register(5, signer)
  const environment = { ASSAY_WORKER_KEY_FILE: first, ASSAY_WORKER_PASSPHRASE_FILE: passphrase }
  assert.equal(JSON.parse(readFileSync(first, 'utf8')).kdf, 'argon2id')
  assert.equal((await getWorker(market.client(0), { deployment: market.network, operator }))?.signer, signer)

  const worker = market.startWorker({ dataDir: 'first', environment })
  const answered = await requestDigit()
  await worker.waitFor((line) => line.jobId === answered && line.msg === 'job settled')

  const settled = (await market.events(answered)).find(({ name }) => name === 'JobSettled')
  assert.ok(settled !== undefined)
  assert.equal(await signerOf(settled.transactionHash), signer)

  // Killed between claim and answer, and started again with the key that has been replaced in the meantime.
  const claimed = await requestDigit()
  await worker.waitFor((line) => line.jobId === claimed && line.msg === 'stage' && line.stage === 'prove')
  worker.signal('SIGKILL')
  await worker.ended
  const job = () => getJob(market.client(0), { deployment: market.network, jobId: claimed })
  assert.equal((await job()).state, 'Claimed')
  const rotated = assayKey('rotate', first, '--send', '--dev-account', '5', '--passphrase-file', passphrase)
  const former = market.startWorker({
    dataDir: 'first',
    environment: { ...environment, ASSAY_WORKER_KEY_FILE: rotated.kept },
  })
  await former.waitFor((line) => line.jobId === claimed && (line.msg === 'job settled' || line.type === 'settled'))
  former.signal('SIGTERM')
  assert.equal(await former.ended, 0)

  assert.equal((await job()).state, 'Settled')
  const answer = (await market.events(claimed)).find(({ name }) => name === 'JobSettled')
  assert.equal(await signerOf(answer?.transactionHash ?? '0x'), signer)
  assert.notEqual(rotated.address, signer)
})

test('behavior: S3-KEY-2 a worker whose key is in a token earns its price, and a wrong PIN ends it with 78', async () => {
  const hsm = createSoftHsm()
  after(() => hsm.remove())
  const [pin, wrong] = [join(market.folder, 'pin'), join(market.folder, 'wrong-pin')]
  writeFileSync(pin, hsm.pin, { mode: 0o600 })
  writeFileSync(wrong, '161803', { mode: 0o600 })
  const made = assayKey('new', '--pkcs11', hsm.uri('worker'), '--passphrase-file', pin)
  await register(6, getAddress(made.address))
  const environment = {
    ASSAY_WORKER_KEY_FILE: '',
    ASSAY_WORKER_PKCS11_URI: hsm.uri('worker'),
    SOFTHSM2_CONF: process.env.SOFTHSM2_CONF ?? '',
  }

  const worker = market.startWorker({
    dataDir: 'token',
    environment: { ...environment, ASSAY_WORKER_PASSPHRASE_FILE: pin },
  })
  const jobId = await requestDigit()
  await worker.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)

  const settled = (await market.events(jobId)).find(({ name }) => name === 'JobSettled')
  assert.equal(await signerOf(settled?.transactionHash ?? '0x'), made.address)
  assert.ok(!JSON.stringify(worker.lines).includes(hsm.pin))
  const refused = market.startWorker({
    dataDir: 'token-refused',
    environment: { ...environment, ASSAY_WORKER_PASSPHRASE_FILE: wrong },
  })
  assert.equal(await refused.ended, 78)
  assert.match(refused.errorOutput(), /^The token assay refuses the PIN \(CKR_PIN_INCORRECT\)/)
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
