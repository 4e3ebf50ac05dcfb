import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { getJob } from '@assay/sdk/getJob'
import { freePort } from '@assay/worker/freePort'
import { getTransactionCount } from 'viem/actions'
import { runAssay } from './runAssay.ts'
import { startMarket, type TestMarket, type WorkerProcess, workerReady } from './workerMarket.ts'

describe('assay order', () => {
  let market: TestMarket
  let worker: WorkerProcess
  let deskUrl: string
  const path = (name: string) => join(market.folder, name)

  before(async () => {
    market = await startMarket()
    const port = await freePort()
    deskUrl = `http://127.0.0.1:${port}`
    worker = market.startWorker({ environment: { ASSAY_WORKER_ORDERS_PORT: `${port}` } })
    await workerReady(worker)
    const [digit] = market.heldOut
    writeFileSync(path('digit.json'), JSON.stringify([...(digit?.pixels ?? [])]))
    const deposited = await assay('balance', 'deposit', '0.05', '--dev-account', '1')
    assert.equal(deposited.exitCode, 0, deposited.stderr)
  })

  after(() => market?.close())

  const assay = (...args: string[]) => runAssay(['--network', path('network.json'), ...args])
  const sign = async (out: string, ...options: string[]) => {
    const terms = ['--model', market.modelId, '--input', path('digit.json'), '--out', path(out)]
    const signed = await assay('order', 'sign', ...terms, '--dev-account', '1', ...options)
    assert.equal(signed.exitCode, 0, signed.stderr)
    const found = JSON.parse((await assay('--json', 'order', 'show', path(out))).stdout)
    return { ...signed, jobId: found.jobId }
  }
  const sentOf = (index: number) =>
    getTransactionCount(market.client(0), { address: market.client(index).account?.address ?? '0x' })

  it('behavior: an order goes from a signature to a settled job, and its requester sends nothing', async () => {
    const before = await sentOf(1)
    const { stdout, jobId } = await sign('order.json')

    const posted = await assay('order', 'post', path('order.json'), '--to', deskUrl, '--watch')

    assert.match(stdout, /signed only/)
    assert.equal(posted.exitCode, 0, posted.stderr)
    assert.match(posted.stderr, /requested.*\n.*claimed.*\n.*answered.*\n.*settled/)
    assert.match(posted.stdout, /state +Settled/)
    assert.match(posted.stdout, /^answer +\S/m)
    const job = await getJob(market.client(0), { deployment: market.network, jobId })
    assert.equal(job.state, 'Settled')
    assert.equal(await sentOf(1), before)
    const shown = await assay('order', 'show', path('order.json'))
    assert.equal(shown.exitCode, 1)
    assert.match(shown.stdout, /✗ +nonce +\d+ is used or cancelled: the job is Settled/)
  })

  it('behavior: whoever has a worker relays a posted order by its CID, and the worker answers it', async () => {
    const { jobId } = await sign('relay.json', '--nonce', '7')
    const posted = await assay('--json', 'order', 'post', path('relay.json'))
    const { cid, workers } = JSON.parse(posted.stdout)

    const relayed = await assay('order', 'relay', cid, '--watch', '--dev-account', '2')

    assert.deepEqual(workers, [])
    assert.equal(relayed.exitCode, 0, relayed.stderr)
    assert.match(relayed.stdout, new RegExp(`job +${jobId}\nstate +Settled`))
  })

  it('behavior: an order that still counts shows so, and a cancelled nonce ends all orders that carry it', async () => {
    await sign('cancel.json', '--nonce', '20')
    await sign('word.json', '--nonce', '300')
    const good = await assay('order', 'show', path('cancel.json'))

    const one = await assay('order', 'cancel', path('cancel.json'), '21', '--dev-account', '1')
    const word = await assay('--json', 'order', 'cancel', '--word', '1', '--dev-account', '1')

    assert.equal(good.exitCode, 0, good.stderr)
    assert.equal(good.stdout.match(/^✓/gm)?.length, 5)
    assert.match(one.stdout, /cancelled +20, 21/)
    assert.equal(JSON.parse(word.stdout).nonces.length, 256)
    for (const file of ['cancel.json', 'word.json']) {
      const { exitCode, stderr } = await assay('order', 'show', path(file))
      assert.equal(exitCode, 1)
      assert.match(stderr, /cannot be claimed, as its nonce does not hold/)
    }
  })

  it('error: an edited order, a desk that is away, one that declines, and a file that is there are one sentence each', async () => {
    await sign('dear.json', '--nonce', '40')
    const file = JSON.parse(readFileSync(path('dear.json'), 'utf8'))
    writeFileSync(path('edited.json'), JSON.stringify({ ...file, order: { ...file.order, maxPrice: '1' } }))
    const chosen = market.client(5).account?.address ?? ''
    await sign('chosen.json', '--nonce', '41', '--worker', chosen)
    const terms = ['--model', market.modelId, '--input', path('digit.json'), '--out', path('dear.json')]

    const failures: [string[], RegExp][] = [
      [['order', 'show', path('edited.json')], /cannot be claimed, as its signature does not hold/],
      [['order', 'post', path('edited.json'), '--to', deskUrl], /is refused with SignatureInvalid|refused with/],
      [
        ['order', 'post', path('dear.json'), '--to', 'http://127.0.0.1:1'],
        /No worker's desk for signed orders answers/,
      ],
      [['order', 'post', path('chosen.json'), '--to', deskUrl], /worker-not-allowed/],
      [['order', 'sign', ...terms, '--dev-account', '1'], /exists and may hold an order that still counts/],
      [['order', 'cancel', '--dev-account', '1'], /No order is named/],
      [['order', 'relay', path('dear.json'), '--dev-account', '9'], /registered worker/],
    ]
    for (const [args, sentence] of failures) {
      const { exitCode, stderr } = await assay(...args)
      assert.equal(exitCode, 1, args.join(' '))
      assert.match(stderr, sentence)
      assert.match(stderr.replace(/^(.* …|order 0x.*)\n/gm, ''), /^[^\n]+\.\n$/)
    }
  })
})
