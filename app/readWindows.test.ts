import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWindows, type WindowCache } from './readWindows.ts'

type Item = { block: bigint; name: string }

/** A chain whose items are in the given blocks; it counts what is read of it. */
function fakeChain(blocks: readonly bigint[]) {
  const kept = new Map<bigint, readonly Item[]>()
  const ranges: [bigint, bigint][] = []
  const cache: WindowCache<Item> = {
    get: async (first) => kept.get(first),
    set: async (first, items) => void kept.set(first, items),
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

test('behavior: a second visit reads only the window that can still change', async () => {
  const chain = fakeChain([6n, 20_000n])
  const list = { deployment, head: 30_100n, toBlock: 30_100n, limit: 20, ...chain }
  await readWindows(list)
  chain.ranges.length = 0

  await readWindows({ ...list, head: 30_105n, toBlock: 30_105n })

  assert.ok(chain.ranges.length > 0)
  assert.ok(chain.ranges.every(([from]) => from >= 20_005n))
})

test('behavior: a page of a busy market is read in a small range, and a window that was cut is not kept as if it were whole', async () => {
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
  assert.equal(await chain.cache.get(5n), undefined)
})

test('soundness: a window that a reorganisation may still change is not kept', async () => {
  const chain = fakeChain([6n])
  await readWindows({ deployment, head: 10_100n, toBlock: 10_004n, limit: 20, ...chain })

  assert.equal(await chain.cache.get(5n), undefined)
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
