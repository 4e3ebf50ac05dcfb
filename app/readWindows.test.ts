import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KeptRange, readWindows, type WindowCache } from './readWindows.ts'

type Item = { block: bigint; name: string }

/** A chain whose items are in the given blocks; it counts what is read of it. */
function fakeChain(blocks: readonly bigint[]) {
  const kept = new Map<bigint, readonly KeptRange<Item>[]>()
  const ranges: [bigint, bigint][] = []
  const cache: WindowCache<Item> = {
    get: async (first) => kept.get(first),
    set: async (first, ranges) => void kept.set(first, ranges),
  }
  const read = async (from: bigint, to: bigint) => {
    ranges.push([from, to])
    return blocks.filter((block) => block >= from && block <= to).map((block, index) => ({ block, name: `${index}` }))
  }
  return { cache, read, ranges }
}

const deployment = { deploymentBlock: 5 }

test('invariant: pages together hold every item once, newest first, whatever their size', async () => {
  const blocks = [5n, 7n, 7n, 9_999n, 10_004n, 10_005n, 25_000n, 39_990n, 39_990n, 40_000n]
  for (const limit of [1, 2, 3, 20]) {
    const chain = fakeChain(blocks)
    const seen: bigint[] = []
    let toBlock: bigint | undefined = 40_000n
    while (toBlock !== undefined) {
      const page: { items: Item[]; nextToBlock?: bigint } = await readWindows({
        deployment,
        head: 40_000n,
        toBlock,
        limit,
        ...chain,
      })
      seen.push(...page.items.map(({ block }) => block))
      toBlock = page.nextToBlock
    }

    assert.deepEqual(seen, blocks.toReversed())
  }
})

test('behavior: a second visit reads only what is new and what can still change', async () => {
  const chain = fakeChain([6n, 20_000n])
  const list = { deployment, head: 30_100n, toBlock: 30_100n, limit: 20, ...chain }
  await readWindows(list)
  chain.ranges.length = 0

  const { items } = await readWindows({ ...list, head: 30_105n, toBlock: 30_105n })

  assert.ok(chain.ranges.every(([from]) => from > 30_100n - 128n))
  assert.equal(items.length, 2)
})

test('behavior: a second visit to a local chain, whose blocks are final at once, reads new blocks only', async () => {
  const chain = fakeChain([6n, 7n, 90n, 101n])
  const local = { ...deployment, chainId: 31_337 }
  await readWindows({ deployment: local, head: 100n, toBlock: 100n, limit: 20, ...chain })
  chain.ranges.length = 0

  const { items } = await readWindows({ deployment: local, head: 103n, toBlock: 103n, limit: 20, ...chain })

  assert.deepEqual(chain.ranges, [[101n, 103n]])
  assert.deepEqual(
    items.map(({ block }) => block),
    [101n, 90n, 7n, 6n],
  )
})

test('behavior: a page of a busy market is read in a small range, and the next page reads on where that ended', async () => {
  const chain = fakeChain(Array.from({ length: 30_000 }, (_, index) => BigInt(index + 5)))
  const list = { deployment, head: 30_004n, limit: 20, ...chain }
  const { items, nextToBlock } = await readWindows({ ...list, toBlock: 9_999n })

  assert.deepEqual(chain.ranges, [
    [9_996n, 9_999n],
    [9_980n, 9_995n],
  ])
  assert.equal(items.length, 20)
  assert.equal(nextToBlock, 9_979n)
  await readWindows({ ...list, limit: 12_000, toBlock: 9_979n })
  assert.deepEqual(
    (await chain.cache.get(5n))?.map(({ fromBlock, toBlock }) => [fromBlock, toBlock]),
    [[5n, 9_999n]],
  )
})

test('behavior: what was read beyond the end of a page is not read again for the next one', async () => {
  const chain = fakeChain(Array.from({ length: 200 }, (_, index) => BigInt(index + 5)))
  const list = { deployment, head: 1000n, limit: 10, ...chain }
  const { nextToBlock = 0n } = await readWindows({ ...list, toBlock: 204n })
  const before = chain.ranges.length

  const { items } = await readWindows({ ...list, toBlock: nextToBlock })

  assert.equal(items.length, 10)
  assert.equal(items[0]?.block, nextToBlock)
  assert.equal(chain.ranges.length, before)
})

test('invariant: two visits with a gap between what they read show every item once', async () => {
  const blocks = Array.from({ length: 300 }, (_, index) => BigInt(index + 5))
  const chain = fakeChain(blocks)
  await readWindows({ deployment, head: 2000n, toBlock: 60n, limit: 10, ...chain })
  await readWindows({ deployment, head: 2000n, toBlock: 304n, limit: 10, ...chain })

  const { items } = await readWindows({ deployment, head: 2000n, toBlock: 304n, limit: 1000, ...chain })

  assert.deepEqual(
    items.map(({ block }) => block),
    blocks.toReversed(),
  )
})

test('soundness: blocks that a reorganisation may still change are not kept', async () => {
  const chain = fakeChain([6n, 9_000n])
  await readWindows({ deployment, head: 9_100n, toBlock: 9_100n, limit: 20, ...chain })

  assert.deepEqual(await chain.cache.get(5n), [{ fromBlock: 5n, toBlock: 8_972n, items: [{ block: 6n, name: '0' }] }])
})

test('behavior: an empty chain of any length is given up after a bounded number of reads', async () => {
  const chain = fakeChain([])
  const { items, nextToBlock } = await readWindows({
    deployment,
    head: 10_000_000n,
    toBlock: 10_000_000n,
    limit: 20,
    ...chain,
  })

  assert.equal(items.length, 0)
  assert.equal(chain.ranges.length, 50)
  assert.ok(nextToBlock !== undefined && nextToBlock > 0n)
})

test('behavior: a range that is more than the node gives at once is asked for in parts', async () => {
  const chain = fakeChain(Array.from({ length: 3000 }, (_, index) => BigInt(index + 5)))
  const read = async (from: bigint, to: bigint) => {
    if (to - from > 99n) throw new Error('query returned more than 100 results')
    return chain.read(from, to)
  }
  const list = { deployment, head: 3_004n, toBlock: 3_004n, limit: 500, cache: chain.cache, read }
  const { items } = await readWindows(list)

  assert.equal(items.length, 500)
  assert.equal(items.at(-1)?.block, 2_505n)
})

test('error: a node that gives nothing is said so after a few tries', async () => {
  let tries = 0
  const read = async () => {
    tries += 1
    throw new Error('down')
  }
  const { cache } = fakeChain([])
  const list = { deployment, head: 40_000n, toBlock: 40_000n, limit: 20, cache, read }
  await assert.rejects(readWindows(list), { message: 'down' })

  assert.ok(tries <= 3)
})
