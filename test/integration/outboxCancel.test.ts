import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { getJob } from '@assay/sdk/getJob'
import { createChainLogs } from '@assay/worker/chainLogs'
import { openKeyFile } from '@assay/worker/keyFile'
import { createLogger } from '@assay/worker/log'
import { connectMarket } from '@assay/worker/marketChain'
import { createOutbox } from '@assay/worker/outbox'
import { withPolicy } from '@assay/worker/signerPolicy'
import { workerPolicy } from '@assay/worker/signerWorkerPolicy'
import { openStore } from '@assay/worker/store'
import { createTestClient, encodeFunctionData, type Hex, http, parseGwei, parseTransaction, publicActions } from 'viem'
import { startMarket } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())
const { network, client, heldOut } = market
const control = createTestClient({ mode: 'hardhat', transport: http(network.rpcUrl) }).extend(publicActions)
const signal = new AbortController().signal

/** A requested job with its order, as the worker's store knows it. */
async function request(index: number): Promise<Hex> {
  const digit = heldOut[index]
  assert.ok(digit !== undefined)
  return market.request(await market.encode(digit))
}

test('behavior: S2-ESC-1 S0-TASK-1 on a real chain a parked claim whose job ended is cancelled, through a crash, and the next one is mined', async () => {
  const account = withPolicy(
    await openKeyFile(join(market.folder, 'worker.key'), { chainId: network.chainId }),
    workerPolicy(network),
  )
  const chain = connectMarket(network, { account, rpcUrls: [], breaker: { failures: 5, recoveryMs: 100 } })
  const [lost, open] = [await request(0), await request(1)]
  const directory = join(market.folder, 'outbox')
  const start = (replaceAfterSeconds: number) => {
    const limits = { pollMs: 1, confirmations: 1, replaceAfterSeconds, maxFeePerGasGwei: 500 }
    const store = openStore(directory)
    return { store, outbox: createOutbox({ chain, store, limits }, createLogger('silent')) }
  }
  const before = start(0)
  before.store.bind('test')
  const head = await control.getBlock()
  before.store.advance({
    blocks: [{ number: Number(head.number), hash: head.hash, parentHash: head.parentHash }],
    events: (await createChainLogs(chain, 1000).inRange({ from: network.deploymentBlock, to: Number(head.number) }))
      .events,
    operator: account.address,
  })
  const send = ({ store, outbox }: typeof before, jobId: Hex, gweiForGas: string) => {
    const order = store.job(jobId)?.order
    assert.ok(order !== undefined)
    const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'claimJob', args: [order] })
    const to = network.addresses.jobMarket
    const maxCost = 100_000n * parseGwei(gweiForGas)
    return outbox.send({ jobIds: [jobId], kind: 'claim', to, data, maxCost, gasReserved: 0n }, signal)
  }
  const look = async ({ outbox }: typeof before) => {
    await new Promise((resolve) => setTimeout(resolve, 2))
    await outbox.tick()
  }

  // Gas becomes dear after the claim was sent: it stays in the mempool, and what it may pay ends at 12 gwei or so.
  await control.setAutomine(false)
  const first = send(before, lost, '10')
  first.catch(() => undefined)
  await before.outbox.tick()
  const nonce = before.store.entry(1)?.nonce
  await control.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('30') })
  await control.mine({ blocks: 1 })
  for (let count = 0; before.store.entry(1)?.status !== 'parked' && count < 200; count++) await look(before)
  assert.equal(before.store.entry(1)?.status, 'parked')

  // Someone else gets the job. The worker dies between signing the cancellation and anyone seeing it.
  before.store.patchJob(lost, { status: 'lost', reason: 'claimed-by-other' })
  await look(before)
  const cancellation = before.store.signedFor(1).at(-1)
  assert.ok(cancellation !== undefined)
  await control.dropTransaction({ hash: cancellation.hash })
  before.store.close()
  const again = start(60)
  const second = send(again, open, '200')
  await look(again)
  await look(again)
  await control.mine({ blocks: 1 })
  await look(again)
  const { status } = await second

  const [cancelled, claimed] = await Promise.all([
    control.getTransaction({ hash: cancellation.hash }),
    getJob(client(0), { deployment: network, jobId: open }),
  ])
  assert.deepEqual(
    [cancelled.nonce, cancelled.to, cancelled.value, cancelled.input],
    [nonce, account.address.toLowerCase(), 0n, '0x'],
  )
  assert.equal(parseTransaction(cancellation.raw).gas, 21_000n)
  assert.deepEqual([status, claimed.state], ['success', 'Claimed'])
  assert.equal((await getJob(client(0), { deployment: network, jobId: lost })).state, 'Requested')
  await control.setAutomine(true)
  again.store.close()
})
