import type { Deployment } from '@assay/sdk/deployment'

/** Blocks of one window: what public nodes answer in one request. Changing it makes what browsers kept useless. */
const windowBlocks = 10_000n

/** Blocks that a reorganisation may still change: a window that ends before them is kept for good. */
const unsettledBlocks = 128n

/** Blocks of the first read; each further one asks for four times as many, so that a page of a busy market is not a whole window. */
const firstBlocks = 4n

/** Most ranges that one page reads from the chain: a page is an answer in seconds, on a chain of any length. */
const maxReads = 50

/** Where finished windows are kept, so that a visit does not read again what an earlier one read. */
export type WindowCache<Item> = {
  get: (firstBlock: bigint) => Promise<readonly Item[] | undefined>
  set: (firstBlock: bigint, items: readonly Item[]) => Promise<void>
}

/** Something that was found in a block. */
type Placed = { block: bigint }

/**
 * Reads one page of a list backwards from a block, in windows of blocks with fixed borders; finished windows come from the cache,
 * others in ranges that grow until the page is full.
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
  let blocks = firstBlocks
  /** What was read of the present window without a gap from its end. */
  let unbroken: readonly Item[] | undefined
  let most = windowBlocks
  /** Reads up to the present block; nothing when that was more than the node gives at once, and less is to be asked for. */
  const readOrShrink = async (from: bigint) => {
    try {
      return await read(from, to < head ? to : head)
    } catch (error) {
      reads += 1
      // One block cannot be divided; and a node that answers nothing at all is not asked many times.
      if (to - from < 1n || most < windowBlocks / 256n || reads >= maxReads) throw error
      most = (to - from + 1n) / 4n > 0n ? (to - from + 1n) / 4n : 1n
      blocks = most
      return undefined
    }
  }
  while (to >= oldest && items.length < limit && reads < maxReads) {
    const first = oldest + ((to - oldest) / windowBlocks) * windowBlocks
    const last = first + windowBlocks - 1n
    const finished = last + unsettledBlocks <= head
    const kept = finished ? await cache.get(first) : undefined
    const from = kept !== undefined || to - blocks < first ? first : to - blocks + 1n
    const found = kept ?? (await readOrShrink(from))
    if (found === undefined) continue
    if (kept === undefined) {
      reads += 1
      blocks = blocks * 4n < most ? blocks * 4n : most
      if (to === last) unbroken = found
      else if (unbroken) unbroken = [...found, ...unbroken]
      if (finished && unbroken && from === first) await cache.set(first, unbroken)
    }
    const upTo = to
    items.push(...found.filter(({ block }) => block <= upTo).toReversed())
    to = from - 1n
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
