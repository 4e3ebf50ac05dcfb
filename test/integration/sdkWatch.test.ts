import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { buildOrder } from '@assay/sdk/buildOrder'
import { cancelJob } from '@assay/sdk/cancelJob'
import { claimJob } from '@assay/sdk/claimJob'
import { claimSigned } from '@assay/sdk/claimSigned'
import { deposit } from '@assay/sdk/deposit'
import { getJob, JobUnknownError } from '@assay/sdk/getJob'
import { listJobs } from '@assay/sdk/listJobs'
import { listModels } from '@assay/sdk/listModels'
import { signOrder } from '@assay/sdk/signOrder'
import { CursorInvalidError } from '@assay/sdk/watchCursor'
import { type WatchedEvent, watchJob } from '@assay/sdk/watchJob'
import { type Hex, keccak256 } from 'viem'
import { clientThrough, openSdkMarket, passOn, type SdkMarket } from './sdkMarket.ts'

describe('watching jobs of the sdk on a local chain', () => {
  let market: SdkMarket

  before(async () => {
    market = await openSdkMarket()
  })
  after(() => market?.stop())

  const network = () => market.chain.network
  const client = (index = 1) => market.chain.clientOf(index)
  const watch = (jobId: Hex, options: { cursor?: string; confirmations?: number } = {}) =>
    watchJob(client(), { deployment: network(), jobId, pollMs: 10, ...options })
  const told = ({ name, removed }: WatchedEvent) => (removed ? `-${name}` : name)

  it('behavior: an event that a reorganisation took back is retracted before what came in its place', async () => {
    const { jobId, order } = await market.request()
    const { testClient } = market.chain
    const id = await testClient.snapshot()
    await cancelJob(client(), { deployment: network(), order })
    const seen: string[] = []

    for await (const event of watch(jobId, { confirmations: 1 })) {
      seen.push(told(event))
      if (event.name === 'JobCancelled' && !event.removed) {
        await testClient.revert({ id })
        await testClient.mine({ blocks: 3 })
      }
      if (event.removed) await claimJob(client(2), { deployment: network(), order })
      if (event.name === 'JobClaimed') break
    }

    assert.deepEqual(seen, ['JobRequested', 'JobCancelled', '-JobCancelled', 'JobClaimed'])
  })

  it('behavior: a watch goes on from a cursor, and retracts what was told before it', async () => {
    const { jobId, order } = await market.request()
    const { testClient } = market.chain
    const id = await testClient.snapshot()
    await cancelJob(client(), { deployment: network(), order })
    const first: WatchedEvent[] = []
    for await (const event of watch(jobId)) first.push(event)
    const cursor = first.at(-1)?.cursor ?? assert.fail('no event')

    const again: string[] = []
    for await (const event of watch(jobId, { cursor })) again.push(told(event))
    await testClient.revert({ id })
    await testClient.mine({ blocks: 3 })
    const later: string[] = []
    for await (const event of watch(jobId, { cursor })) {
      later.push(told(event))
      if (event.removed) await cancelJob(client(), { deployment: network(), order })
    }

    assert.deepEqual(first.map(told), ['JobRequested', 'JobCancelled'])
    assert.deepEqual(again, [])
    assert.deepEqual(later, ['-JobCancelled', 'JobCancelled'])
  })

  it('soundness: a node that lags behind another, or leaves logs out, takes nothing back', async () => {
    const { jobId, order } = await market.request()
    let asked = 0
    const lagging = clientThrough(async (request) => {
      if (request.method !== 'eth_getLogs') return passOn(client(), request)
      asked += 1
      return asked % 2 === 0 ? [] : passOn(client(), request)
    })
    const seen: string[] = []

    for await (const event of watchJob(lagging, { deployment: network(), jobId, pollMs: 10 })) {
      seen.push(told(event))
      if (event.name === 'JobRequested') await cancelJob(client(), { deployment: network(), order })
    }

    assert.deepEqual(seen, ['JobRequested', 'JobCancelled'])
  })

  it('behavior: a watch begins at the request and reads no range before it', async () => {
    await market.chain.testClient.mine({ blocks: 11_000 })
    const { jobId, order, blockNumber } = await market.request()
    await cancelJob(client(), { deployment: network(), order })
    const seen: string[] = []
    const ranges: bigint[] = []
    const counting = clientThrough(async (request) => {
      if (request.method === 'eth_getLogs') ranges.push(rangeOf(request.params))
      return passOn(client(), request)
    })

    for await (const event of watchJob(counting, { deployment: network(), jobId, pollMs: 10 })) seen.push(told(event))

    assert.deepEqual(seen, ['JobRequested', 'JobCancelled'])
    // One range to find the request, from the head back, and one of the two blocks since.
    assert.deepEqual(ranges, [10_000n, 2n])
    assert.ok(blockNumber > 11_000n)
  })

  it('behavior: a job that is not on chain yet is watched from before its first event', async () => {
    const terms = market.terms({ nonce: 99n })
    const order = await buildOrder(client(), { deployment: network(), terms })
    const { signature, jobId } = await signOrder(client(), { deployment: network(), order })
    await deposit(client(), { deployment: network(), amount: order.maxPrice })
    const watching = watch(jobId)
    const first = watching.next()

    await claimSigned(client(2), { deployment: network(), order, signature })

    assert.equal((await first).value?.name, 'JobRequested')
    assert.equal((await watching.next()).value?.name, 'JobClaimed')
    await watching.return()
  })

  it('args: a cursor of another job, or no cursor at all, is refused', async () => {
    const { jobId, order } = await market.request()
    await cancelJob(client(), { deployment: network(), order })
    const cursors: string[] = []
    for await (const event of watch(jobId)) cursors.push(event.cursor)

    for (const cursor of [...cursors, 'text', '{}']) {
      await assert.rejects(watch(keccak256('0x01'), { cursor }).next(), CursorInvalidError)
    }
  })

  it('behavior: getJob reads back from the head to the request and no further, in ranges that nodes answer', async () => {
    await market.chain.testClient.mine({ blocks: 25_000 })
    const { jobId } = await market.request()
    await market.chain.testClient.mine({ blocks: 10_500 })
    const ranges: bigint[] = []
    const counting = clientThrough(async (request) => {
      if (request.method === 'eth_getLogs') ranges.push(rangeOf(request.params))
      return passOn(client(), request)
    })

    assert.equal((await getJob(counting, { deployment: network(), jobId })).state, 'Requested')
    assert.equal(ranges.length, 2)
    assert.ok(ranges.every((blocks) => blocks <= 10_000n))
    await assert.rejects(getJob(counting, { deployment: network(), jobId: keccak256('0x02') }), JobUnknownError)
    assert.equal(ranges.length, 2)
  })

  it('behavior: pages of jobs and models are bounded, and their cursors lead to every one once', async () => {
    const all = await listJobs(client(), { deployment: network(), limit: 1000 })
    const jobs: Hex[] = []
    let toBlock: bigint | undefined
    do {
      const page = await listJobs(client(), { deployment: network(), limit: 2, ...(toBlock && { toBlock }) })
      jobs.push(...page.jobs.map(({ jobId }) => jobId))
      toBlock = page.nextToBlock
    } while (toBlock !== undefined)

    const newest = await listModels(client(), { deployment: network(), limit: 1 })
    const models = newest.models.map(({ modelId }) => modelId)
    const ofNobody = await listModels(client(), { deployment: network(), owner: market.chain.addressOf(9) })

    assert.deepEqual(
      jobs,
      all.jobs.map(({ jobId }) => jobId),
    )
    assert.deepEqual(models, [market.modelId])
    assert.deepEqual(ofNobody, { models: [] })
  })

  it('behavior: a list says what a job would cost now and what stands against a claim by an account', async () => {
    const { jobId, order } = await market.request({ bond: 0n })
    const reasonFor = async (account: number) => {
      const page = await listJobs(client(), {
        deployment: network(),
        account: market.chain.addressOf(account),
        limit: 1,
      })
      return page.jobs[0] ?? assert.fail('no job')
    }

    const [worker, stranger] = await Promise.all([reasonFor(2), reasonFor(8)])

    assert.equal(worker.jobId, jobId)
    assert.deepEqual([worker.claimReason, stranger.claimReason], ['None', 'WorkerUnknown'])
    assert.ok(worker.price >= order.minPrice && worker.price <= order.maxPrice)
  })
})

function rangeOf(params: unknown): bigint {
  // The SDK's own request: one filter with both ends as hexadecimal numbers.
  const [filter] = params as [{ fromBlock: Hex; toBlock: Hex }]
  return BigInt(filter.toBlock) - BigInt(filter.fromBlock) + 1n
}
