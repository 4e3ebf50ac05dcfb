import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { listModels } from '@assay/sdk/listModels'
import { keccak256 } from 'viem'
import { getTransactionCount } from 'viem/actions'
import { type Fate, type FaultyProxy, type Seen, startFaultyProxy } from './faultyProxy.ts'
import { type LocalChain, startLocalChain } from './localChain.ts'
import { startAssay } from './runAssay.ts'
import { tinyCalibration, tinyOnnx } from './tinyModel.ts'

/** Begins of the progress of each step, in their order. */
const steps = [
  'parsing the model',
  'making it exact',
  'measuring its accuracy',
  'writing its constraints',
  'setting up',
  'proving a sample',
  'uploading the model',
  'reading every byte back',
  'registering',
]

describe('a publication that breaks off', () => {
  let chain: LocalChain
  let folder: string
  let rpc: FaultyProxy
  let content: FaultyProxy
  const path = (name: string) => join(folder, name)

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-publish-'))
    chain = await startLocalChain()
    rpc = await startFaultyProxy(chain.rpcUrl)
    content = await startFaultyProxy(chain.network.contentApiUrl)
    const urls = { rpcUrl: rpc.url, contentApiUrl: content.url, gatewayUrl: content.url }
    writeFileSync(path('network.json'), JSON.stringify({ ...chain.network, ...urls }))
    writeFileSync(path('model.onnx'), tinyOnnx())
    const inputs = tinyCalibration.map((values) => [...values])
    writeFileSync(path('data.json'), JSON.stringify({ inputs, labels: [2, 0] }))
  })

  after(async () => {
    await rpc?.close()
    await content?.close()
    await chain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Each account is another owner, and so publishes another model of the same graph. */
  const publish = (account: number, onProgress?: NonNullable<Parameters<typeof startAssay>[1]>['onProgress']) => {
    const args = ['--network', path('network.json'), '--json', 'model', 'publish', path('model.onnx')]
    const about = ['--name', 'brightest', '--data', path('data.json'), '--page', 'https://page.example/']
    const own = ['--dev-account', `${account}`, '--cache', path(`cache-${account}`)]
    return startAssay([...args, ...about, ...own], onProgress && { onProgress }).ended
  }
  const killAt = (account: number, step: string) =>
    publish(account, (stderr, child) => stderr.includes(step) && child.kill('SIGKILL'))
  const models = async (account: number) =>
    (await listModels(chain.clientOf(0), { deployment: chain.network, owner: chain.addressOf(account) })).models
  const transactions = (account: number) =>
    getTransactionCount(chain.clientOf(0), { address: chain.addressOf(account) })
  const assertPublishedOnce = async (
    account: number,
    { exitCode, stdout, stderr }: Awaited<ReturnType<typeof publish>>,
  ) => {
    assert.equal(exitCode, 0, stderr)
    const { modelId, page } = JSON.parse(stdout)
    assert.deepEqual(
      (await models(account)).map((model) => model.modelId),
      [modelId],
    )
    assert.equal(await transactions(account), 1)
    assert.equal(page, `https://page.example/model/?id=${modelId}`)
    assert.deepEqual(globSync('*.publish.json', { cwd: path(`cache-${account}`) }), [], 'nothing is left to go on with')
  }
  it('behavior: killed at each step in turn it goes on where it stopped, and registers once', async () => {
    for (const step of steps) {
      const killed = await killAt(3, step)

      assert.equal(killed.exitCode, null, killed.stderr)
      const begun = steps.findIndex((name) => killed.stderr.includes(name))
      const done = steps.indexOf(step)
      // What was prepared, uploaded or read back is not done again.
      if (done > steps.indexOf('uploading the model')) assert.equal(begun, done - 1, killed.stderr)
    }

    const last = await publish(3)

    await assertPublishedOnce(3, last)
    assert.ok(!last.stderr.includes('uploading the model') && !last.stderr.includes('reading every byte back'))
    const again = await publish(3)
    assert.equal(JSON.parse(again.stdout).transaction, undefined)
    await assertPublishedOnce(3, again)
  })

  const isBroadcast = ({ body }: Seen) => body.includes('eth_sendRawTransaction')
  for (const [account, fate, what] of [
    [4, 'mute', 'was sent and before the chain said so'],
    [5, 'swallow', 'was signed and before it was sent'],
  ] as const) {
    it(`behavior: killed after its registration ${what} it sends no other one`, async () => {
      let kill = () => {}
      rpc.decide = (seen) => {
        if (!isBroadcast(seen)) return 'pass'
        kill()
        return fate
      }
      await publish(account, (_stderr, child) => {
        kill = () => child.kill('SIGKILL')
      })
      const [name = ''] = globSync('*.publish.json', { cwd: path(`cache-${account}`) })
      const { registration } = JSON.parse(readFileSync(path(`cache-${account}/${name}`), 'utf8'))
      rpc.decide = () => 'pass'

      const next = await publish(account)

      await assertPublishedOnce(account, next)
      const { transaction } = JSON.parse(next.stdout)
      assert.equal(transaction, fate === 'mute' ? undefined : keccak256(registration))
    })
  }

  const faults: [number, string, () => FaultyProxy, (seen: Seen) => boolean, Fate, RegExp][] = [
    [6, 'the content service refuses', () => content, ({ url }) => url.includes('dag/import'), 'refuse', /status 503/],
    [
      7,
      'the content service ends the upload',
      () => content,
      ({ url }) => url.includes('dag/import'),
      'mute',
      /did not answer/,
    ],
    [
      8,
      'a block comes back altered',
      () => content,
      ({ url }) => url.startsWith('/ipfs/'),
      'alter',
      /use another content service/,
    ],
    [9, 'a block does not come back', () => content, ({ url }) => url.startsWith('/ipfs/'), 'refuse', /answered 503/],
    [10, 'the chain does not answer', () => rpc, () => true, 'swallow', /does not answer/],
    [11, 'the chain takes no transaction', () => rpc, isBroadcast, 'refuse', /chain/],
  ]
  for (const [account, what, proxyOf, hits, fate, sentence] of faults) {
    it(`error: when ${what} it says so, and the next run publishes`, async () => {
      const proxy = proxyOf()
      proxy.decide = (seen) => (hits(seen) ? fate : 'pass')

      const failed = await publish(account)
      proxy.decide = () => 'pass'
      const next = await publish(account)

      assert.equal(failed.exitCode, 1, failed.stderr)
      assert.match(failed.stderr.trim().split('\n').at(-1) ?? '', sentence)
      if (account !== 10) assert.ok(!next.stderr.includes(steps[1] ?? ''), next.stderr)
      await assertPublishedOnce(account, next)
    })
  }
})
