import type { Deployment } from '@assay/sdk/deployment'

/** Blocks of one window: what public nodes answer in one request. Changing it makes what browsers kept useless. */
const windowBlocks = 10_000n

/** Blocks that a reorganisation may still change: a window that ends before them is kept for good. */
const unsettledBlocks = 128n

/**
 * Blocks of the first piece of a window that is not finished; each further one is twice as long. A busy market's newest page is in a few
 * hundred blocks, and those are read again with each of its events.
 */
const firstPieceBlocks = 1_024n

/** Most reads from the chain for one page: a page is an answer in seconds, on a chain of any length. */
const maxReads = 50

/** Where finished windows are kept, so that a visit does not read again what an earlier one read. */
export type WindowCache<Item> = {
  get: (firstBlock: bigint) => Promise<readonly Item[] | undefined>
  set: (firstBlock: bigint, items: readonly Item[]) => Promise<void>
}

/** Something that was found in a block. */
type Placed = { block: bigint }

/**
 * Reads one page of a list backwards from a block, in windows of blocks with fixed borders; finished windows come from the cache.
 * @param parameters.head newest block of the chain, which tells the finished windows
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
  deployment: Pick<Deployment, 'deploymentBlock'>
  head: bigint
  toBlock: bigint
  limit: number
  cache: WindowCache<Item>
  read: (fromBlock: bigint, toBlock: bigint) => Promise<readonly Item[]>
}): Promise<{ items: Item[]; nextToBlock?: bigint }> {
  const oldest = BigInt(deployment.deploymentBlock)
  const items: Item[] = []
  let to = toBlock
  let reads = 0
  let pieceBlocks = firstPieceBlocks
  while (to >= oldest && items.length < limit && reads < maxReads) {
    const first = oldest + ((to - oldest) / windowBlocks) * windowBlocks
    const last = first + windowBlocks - 1n
    if (last + unsettledBlocks > head) {
      const from = to - pieceBlocks + 1n > first ? to - pieceBlocks + 1n : first
      items.push(...(await read(from, to)).toReversed())
      reads += 1
      pieceBlocks *= 2n
      to = from - 1n
      continue
    }
    let found = await cache.get(first)
    if (found === undefined) {
      reads += 1
      found = await read(first, last)
      await cache.set(first, found)
    }
    const upTo = to
    items.push(...found.filter(({ block }) => block <= upTo).toReversed())
    to = first - 1n
  }
  const page = cutPage(items, limit)
  const end = page.at(-1)
  if (end !== undefined && page.length < items.length) to = end.block - 1n
  return to < oldest ? { items: page } : { items: page, nextToBlock: to }
}

/** The first `limit` items and those that share the last one's block, so that a page never splits a block. */
export function cutPage<Item extends Placed>(items: Item[], limit: number): Item[] {
  const last = items[limit - 1]
  return last === undefined ? items : items.filter(({ block }, index) => index < limit || block === last.block)
}
