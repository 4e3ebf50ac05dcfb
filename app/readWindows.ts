import type { Deployment } from '@assay/sdk/deployment'
import { developmentChainId } from './developmentChain.ts'

/** Blocks of one window: what public nodes answer in one request. Changing it makes what browsers kept useless. */
const windowBlocks = 10_000n

/** Blocks that a reorganisation may still change: what was read of older ones is kept for good. A local chain has none. */
const unsettledBlocks = 128n

/** Blocks of the first read; each further one asks for four times as many, so that a page of a busy market is not a whole window. */
const firstBlocks = 4n

/** Most ranges that one page reads from the chain: a page is an answer in seconds, on a chain of any length. */
const maxReads = 50

/** All that a range of blocks holds, oldest first; both ends belong to it. */
export type KeptRange<Item> = { fromBlock: bigint; toBlock: bigint; items: readonly Item[] }

/** Where the ranges that were read of each window are kept, so that a visit reads only what is new. They never touch one another. */
export type WindowCache<Item> = {
  get: (firstBlock: bigint) => Promise<readonly KeptRange<Item>[] | undefined>
  set: (firstBlock: bigint, ranges: readonly KeptRange<Item>[]) => Promise<void>
}

/** Something that was found in a block. */
type Placed = { block: bigint }

/**
 * Reads one page of a list backwards from a block. What was read before comes from the cache, by windows of blocks with fixed borders;
 * the rest is read in ranges that grow until the page is full, and shrink where a node gives less at once.
 * @param parameters.head newest block of the chain, which tells what a reorganisation may still change
 * @param parameters.toBlock newest block of the page
 * @param parameters.limit a page ends with the block in which it reaches this many items, or after a bounded number of reads
 * @param parameters.read the items of a range of blocks, oldest first
 * @returns items, newest first, and unless the market's deployment was reached, the `toBlock` of the next page
 */
export async function readWindows<Item extends Placed>({
  deployment,
  head,
  toBlock,
  limit,
  cache,
  read,
}: {
  deployment: Pick<Deployment, 'deploymentBlock'> & { chainId?: number }
  head: bigint
  toBlock: bigint
  limit: number
  cache: WindowCache<Item>
  read: (fromBlock: bigint, toBlock: bigint) => Promise<readonly Item[]>
}): Promise<{ items: Item[]; nextToBlock?: bigint }> {
  const oldest = BigInt(deployment.deploymentBlock)
  const settled = deployment.chainId === developmentChainId ? head : head - unsettledBlocks
  const take = rangeReader({ read, head })
  const items: Item[] = []
  let to = toBlock
  while (to >= oldest && items.length < limit && take.reads() < maxReads) {
    const first = oldest + ((to - oldest) / windowBlocks) * windowBlocks
    let ranges = (await cache.get(first)) ?? []
    let isNew = false
    while (to >= first && items.length < limit && take.reads() < maxReads) {
      const upTo = to
      const kept = ranges.find(({ fromBlock, toBlock: last }) => fromBlock <= upTo && upTo <= last)
      const known = ranges.filter(({ toBlock: last }) => last < upTo).map(({ toBlock: last }) => last + 1n)
      const found =
        kept ??
        (await take.range(
          upTo,
          [first, ...known].reduce((most, each) => (each > most ? each : most)),
        ))
      items.push(...found.items.filter(({ block }) => block <= upTo).toReversed())
      to = found.fromBlock - 1n
      if (kept || found.fromBlock > settled) continue
      const last = found.toBlock < settled ? found.toBlock : settled
      ranges = join(ranges, { ...found, toBlock: last, items: found.items.filter(({ block }) => block <= last) })
      isNew = true
    }
    if (isNew) await cache.set(first, ranges)
  }
  const page = cutPage(items, limit)
  const end = page.at(-1)
  if (end !== undefined && page.length < items.length) to = end.block - 1n
  return to < oldest ? { items: page } : { items: page, nextToBlock: to }
}

/** Reads ranges that end with a given block: each one larger than the one before, and smaller ones after a node refused one. */
function rangeReader<Item>({
  read,
  head,
}: {
  read: (fromBlock: bigint, toBlock: bigint) => Promise<readonly Item[]>
  head: bigint
}) {
  let reads = 0
  let blocks = firstBlocks
  let most = windowBlocks
  /** @param oldest where the range begins at the earliest */
  async function range(to: bigint, oldest: bigint): Promise<KeptRange<Item>> {
    for (;;) {
      const from = to - blocks < oldest ? oldest : to - blocks + 1n
      reads += 1
      try {
        const items = await read(from, to < head ? to : head)
        blocks = blocks * 4n < most ? blocks * 4n : most
        return { fromBlock: from, toBlock: to, items }
      } catch (error) {
        // One block cannot be divided; and a node that answers nothing at all is not asked many times.
        if (to - from < 1n || most < windowBlocks / 256n || reads >= maxReads) throw error
        most = (to - from + 1n) / 4n > 0n ? (to - from + 1n) / 4n : 1n
        blocks = most
      }
    }
  }
  return { range, reads: () => reads }
}

/** The ranges with one more, which overlaps none of them; those that it touches become one with it. */
function join<Item>(ranges: readonly KeptRange<Item>[], added: KeptRange<Item>): KeptRange<Item>[] {
  const before = ranges.find(({ toBlock }) => toBlock === added.fromBlock - 1n)
  const after = ranges.find(({ fromBlock }) => fromBlock === added.toBlock + 1n)
  const whole = {
    fromBlock: before?.fromBlock ?? added.fromBlock,
    toBlock: after?.toBlock ?? added.toBlock,
    items: [...(before?.items ?? []), ...added.items, ...(after?.items ?? [])],
  }
  return [...ranges.filter((range) => range !== before && range !== after), whole]
}

/** The first `limit` items and those that share the last one's block, so that a page never splits a block. */
export function cutPage<Item extends Placed>(items: Item[], limit: number): Item[] {
  const last = items[limit - 1]
  return last === undefined ? items : items.filter(({ block }, index) => index < limit || block === last.block)
}
