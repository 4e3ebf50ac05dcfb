import type { Hex } from 'viem'
import { RetryableError } from './jobErrors.ts'

/** A block by its place in the chain. */
export type BlockRef = { number: number; hash: Hex; parentHash: Hex }

/** A block as it is read; `mayHoldEvents` is what its bloom filter says, false for certain and true perhaps. */
export type ReadBlock = BlockRef & { mayHoldEvents: boolean }

/** Where an event stands. */
export type Placed = { blockNumber: number; blockHash: Hex; logIndex: number }

/** The chain as a cursor needs it. Answers may come from different nodes, so nothing here has to fit together. */
export type ChainView<E extends Placed> = {
  head: () => Promise<ReadBlock>
  /** Undefined when the node has no block of this height. */
  blockAt: (number: number) => Promise<ReadBlock | undefined>
  /** Events from a block on, as many blocks as the node serves at once; `to` is the last one read. */
  eventsIn: (range: { from: number; to: number }) => Promise<{ events: E[]; to: number }>
  /** Events of one block by its hash; throws when the node does not have it. */
  eventsAt: (block: BlockRef) => Promise<E[]>
  /** Whether another node has this block too; true when there is only one node to ask. */
  confirm: (block: BlockRef) => Promise<boolean>
}

/** One step of the store: blocks that were read, and how far back to go before. */
export type Advance<E extends Placed> = {
  /** Everything above this block is forgotten first. */
  rewindTo?: number | undefined
  /** Each links to the one before, unless they are far behind the head. */
  blocks: BlockRef[]
  events: E[]
}

/** Where a cursor keeps what it read. */
export type CursorStore<E extends Placed> = {
  /** The latest blocks read, oldest first. */
  ring: () => BlockRef[]
  /** All of it or nothing. */
  advance: (step: Advance<E>) => void
}

/** What came of one look at the chain. */
export type CursorReport = {
  /** `lagging`: the node is behind what was read before. `disputed`: it stands alone with another history. */
  state: 'caught-up' | 'stopped' | 'lagging' | 'disputed'
  head: number
  /** Blocks that were taken back. */
  rewound: number
}

/** Linked blocks that are read and stored together: few, so that a chain that fails every third call still gets somewhere. */
const blocksAtOnce = 8

/** The chain's history changed further back than the cursor remembers; nothing is forgotten until a person has looked. */
export class DeepReorgError extends Error {
  override readonly name = 'DeepReorgError'
  readonly oldest: number
  readonly head: number

  constructor({ oldest, head }: { oldest: number; head: number }) {
    super(
      `No block since ${oldest} is part of the chain any more, whose head is ${head}; check the RPC endpoints, and remove the data directory's worker.sqlite to read the chain afresh.`,
    )
    this.oldest = oldest
    this.head = head
  }
}

/**
 * Reads the chain from where the store stands to its head. Near the head each block links to the one before it by hash; when the last
 * one read is no longer part of the chain, what was read above the fork is taken back in the same step that reads the new branch.
 * A head below the last block read is a node that is behind, never a reorganisation.
 * @param parts.ringBlocks how deep a reorganisation may be
 * @param parts.isUnlinked whether blocks need not name the one before them: Hardhat's node gives those it mines many at once parents
 * that no block has; their hashes at their heights are compared all the same
 * @throws DeepReorgError, RetryableError when the answers do not fit together, and whatever the view throws; the store stays valid
 */
export async function advanceCursor<E extends Placed>(
  {
    view,
    store,
    start,
    ringBlocks,
    isUnlinked = false,
  }: { view: ChainView<E>; store: CursorStore<E>; start: number; ringBlocks: number; isUnlinked?: boolean },
  signal: AbortSignal,
): Promise<CursorReport> {
  const head = await view.head()
  const ring = store.ring()
  const top = ring.at(-1)
  let base = top
  let rewindTo: number | undefined
  let rewound = 0
  if (top !== undefined) {
    if (head.number < top.number) return { state: 'lagging', head: head.number, rewound }
    // A head right above it names the block before it.
    const isNext = head.number === top.number + 1 && head.parentHash === top.hash
    const seen = head.number === top.number ? head : isNext ? top : await view.blockAt(top.number)
    if (seen === undefined) return { state: 'lagging', head: head.number, rewound }
    if (seen.hash !== top.hash) {
      base = await findFork({ ring, view, start }, head.number)
      if (!(await view.confirm(seen))) return { state: 'disputed', head: head.number, rewound }
      rewindTo = base?.number ?? start - 1
      rewound = top.number - rewindTo
    }
  }

  for (;;) {
    const from = base === undefined ? start : base.number + 1
    if (from > head.number) return { state: 'caught-up', head: head.number, rewound }
    if (signal.aborted) return { state: 'stopped', head: head.number, rewound }
    const far = head.number - ringBlocks
    const piece =
      from <= far
        ? await readFar({ view, from, to: far })
        : await readNear({ view, head, from, to: Math.min(head.number, from + blocksAtOnce - 1), isUnlinked }, base)
    store.advance({ rewindTo, ...piece })
    rewindTo = undefined
    base = piece.blocks.at(-1)
  }
}

/** The highest remembered block that is part of the chain; undefined when the fork is right below the first block ever read. */
async function findFork<E extends Placed>(
  { ring, view, start }: { ring: BlockRef[]; view: ChainView<E>; start: number },
  head: number,
): Promise<BlockRef | undefined> {
  // Blocks below a fork are part of the chain and blocks above are not, so halving finds it; links check the result afterwards.
  let low = -1
  let high = ring.length - 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const block = ring[middle]
    if (block === undefined) break
    const seen = await view.blockAt(block.number)
    if (seen?.hash === block.hash) low = middle
    else high = middle
  }
  const fork = ring[low]
  const oldest = ring[0]
  if (fork === undefined && oldest !== undefined && oldest.number > start) {
    throw new DeepReorgError({ oldest: oldest.number, head })
  }
  return fork
}

/** Blocks that are deep below the head: only the last one of the range is remembered. */
async function readFar<E extends Placed>({ view, from, to }: { view: ChainView<E>; from: number; to: number }) {
  const { events, to: last } = await view.eventsIn({ from, to })
  const block = await view.blockAt(last)
  if (block === undefined) throw inconsistent(`block ${last} is missing below the head`)
  if (events.some((event) => event.blockNumber === last && event.blockHash !== block.hash)) {
    throw inconsistent(`events of block ${last} are of another branch`)
  }
  return { blocks: [block], events }
}

/**
 * Blocks near the head: every one of them, linked to the one before it. The blocks are read before the events: if the chain changes
 * between the two, the blocks kept are of the branch that is gone, which the next look notices. A block that should hold events and
 * has none is asked for them by its hash, since a range tells nothing of the branch that it was read from.
 */
async function readNear<E extends Placed>({ view, from, to, ...known }: Near<E>, base: BlockRef | undefined) {
  const blocks = await readLinked({ view, from, to, ...known }, base)
  const { events, to: last } = await view.eventsIn({ from, to })
  const read = blocks.filter(({ number }) => number <= last)
  const hashes = new Map(read.map(({ number, hash }) => [number, hash]))
  const stray = events.find(({ blockNumber, blockHash }) => hashes.get(blockNumber) !== blockHash)
  if (stray !== undefined) throw inconsistent(`an event of block ${stray.blockNumber} is of another branch`)
  const found = new Set(events.map(({ blockNumber }) => blockNumber))
  for (const block of read) {
    if (block.mayHoldEvents && !found.has(block.number)) events.push(...(await view.eventsAt(block)))
  }
  events.sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
  return { blocks: read, events }
}

type Near<E extends Placed> = { view: ChainView<E>; head: ReadBlock; from: number; to: number; isUnlinked: boolean }

async function readLinked<E extends Placed>(
  { view, head, from, to, isUnlinked }: Near<E>,
  base: BlockRef | undefined,
): Promise<ReadBlock[]> {
  const blocks: ReadBlock[] = []
  let parent = base
  for (let first = from; first <= to; first += blocksAtOnce) {
    const numbers = Array.from({ length: Math.min(blocksAtOnce, to - first + 1) }, (_, index) => first + index)
    const read = await Promise.all(numbers.map((number) => (number === head.number ? head : view.blockAt(number))))
    for (const [index, block] of read.entries()) {
      if (block === undefined) throw inconsistent(`block ${first + index} is missing below the head`)
      if (!isUnlinked && parent !== undefined && block.parentHash !== parent.hash) {
        throw inconsistent(`block ${block.number} does not follow block ${parent.number}`)
      }
      blocks.push(block)
      parent = block
    }
  }
  return blocks
}

function inconsistent(what: string): RetryableError {
  return new RetryableError({
    reason: 'chain-unavailable',
    detail: `The chain's answers do not fit together: ${what}; it is read again.`,
  })
}
