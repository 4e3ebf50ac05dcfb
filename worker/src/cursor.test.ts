import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, type Hex, numberToHex } from 'viem'
import { seededRandom } from '../../scripts/seededRandom.ts'
import { advanceCursor, type BlockRef, type ChainView, DeepReorgError, type ReadBlock } from './cursor.ts'
import { fakeOrder } from './fakeOrder.ts'
import { RetryableError } from './jobErrors.ts'
import { applyEvent, type JobFacts, type MarketEvent } from './jobEvents.ts'
import { openStore, type PlacedEvent } from './store.ts'

const operator: Address = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
const other: Address = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const signal = new AbortController().signal
const jobCount = 20

type ModelBlock = ReadBlock & { events: PlacedEvent[] }

const word = (value: number): Hex => numberToHex(value, { size: 32 })

/** A chain in memory that grows and forks as its random numbers say; no two blocks share a hash. */
function createChainModel(random: () => number) {
  let blocks: ModelBlock[] = []
  let made = 0
  const below = (limit: number) => Math.floor(random() * limit)

  function eventAt(requested: Set<Hex>, number: number): MarketEvent {
    const jobId = word(1 + below(jobCount))
    const worker = random() < 0.6 ? operator : other
    if (!requested.has(jobId)) {
      requested.add(jobId)
      return { type: 'requested', jobId, order: fakeOrder(), block: number }
    }
    const amounts = { workerShare: BigInt(below(1000)), royalty: 1n, fee: 2n }
    const settled: MarketEvent = { type: 'settled', jobId, worker, transactionHash: word(made), ...amounts }
    const kinds: MarketEvent[] = [
      { type: 'claimed', jobId, worker, price: BigInt(below(1000)), due: below(1000) },
      { type: 'expired', jobId, worker },
      { type: 'released', jobId, worker },
      { type: 'cancelled', jobId },
      { type: 'refunded', jobId },
      settled,
    ]
    // The first kind is the most common one, or jobs would end as soon as they begin.
    return kinds[Math.max(0, below(12) - 6)] ?? settled
  }

  function grow(count: number): void {
    const requested = new Set(
      blocks.flatMap(({ events }) => events.flatMap(({ event }) => (event.type === 'requested' ? [event.jobId] : []))),
    )
    for (let index = 0; index < count; index++) {
      made += 1
      const [number, hash, parentHash] = [blocks.length, word(made), blocks.at(-1)?.hash ?? word(0)]
      const events = Array.from({ length: below(3) }, (_, logIndex) => ({
        blockNumber: number,
        blockHash: hash,
        logIndex,
        event: eventAt(requested, number),
      }))
      blocks.push({ number, hash, parentHash, events, mayHoldEvents: events.length > 0 })
    }
  }

  return {
    grow,
    below,
    fork: (depth: number, growth: number) => {
      blocks = blocks.slice(0, Math.max(1, blocks.length - depth))
      grow(growth)
    },
    blocks: () => blocks,
  }
}

type ChainModel = ReturnType<typeof createChainModel>

function viewOf(model: ChainModel, between: () => void = () => undefined): ChainView<PlacedEvent> {
  const at = (number: number): ModelBlock | undefined => {
    between()
    return model.blocks()[number]
  }
  return {
    head: async () => {
      const head = at(model.blocks().length - 1) ?? model.blocks().at(-1)
      assert.ok(head !== undefined)
      return head
    },
    blockAt: async (number) => at(number),
    eventsIn: async ({ from, to }) => {
      const last = Math.min(to, from + model.below(90))
      // The range is of one branch; the answers before and after may be of others.
      between()
      return {
        events: model
          .blocks()
          .slice(from, last + 1)
          .flatMap(({ events }) => events),
        to: last,
      }
    },
    eventsAt: async ({ number, hash }) => {
      const block = at(number)
      if (block?.hash !== hash) throw new RetryableError({ reason: 'chain-unavailable', detail: 'Unknown block.' })
      return block.events
    },
    confirm: async () => true,
  }
}

function openFollower() {
  const store = openStore(':memory:')
  store.bind('chain')
  const cursorStore = {
    ring: store.ring,
    advance: (step: Parameters<typeof store.advance>[0] | object) => store.advance({ ...stepOf(step), operator }),
  }
  return { store, cursorStore }
}

function stepOf(step: object) {
  // The cursor hands over exactly these members.
  return step as { rewindTo?: number; blocks: BlockRef[]; events: PlacedEvent[] }
}

/** What the canonical chain alone makes of each job. */
function replay(model: ChainModel): Map<Hex, JobFacts & { requestBlock: number }> {
  const jobs = new Map<Hex, JobFacts & { requestBlock: number }>()
  for (const { events } of model.blocks()) {
    for (const { event } of events) {
      const known = jobs.get(event.jobId)
      if (event.type === 'requested') jobs.set(event.jobId, { status: 'open', requestBlock: event.block })
      else if (known !== undefined) {
        jobs.set(event.jobId, { requestBlock: known.requestBlock, ...applyEvent(known, event, operator) })
      }
    }
  }
  return jobs
}

function assertIsReplay(store: ReturnType<typeof openStore>, model: ChainModel, what: string): void {
  const wanted = replay(model)
  const head = model.blocks().at(-1)
  assert.deepEqual(store.cursor(), { block: head?.number, hash: head?.hash }, what)
  for (let index = 1; index <= jobCount; index++) {
    const jobId = word(index)
    const job = store.job(jobId)
    const facts = wanted.get(jobId)
    if (facts === undefined) {
      if (job !== undefined) assert.deepEqual([job.status, job.reason], ['over', 'request-reorged'], what)
      continue
    }
    assert.ok(job !== undefined, what)
    const { status, reason, price, due, settlement, settledIn, requestBlock } = job
    assert.deepEqual(
      { status, reason, price, due, settlement, settledIn, requestBlock },
      { reason: undefined, price: undefined, due: undefined, settlement: undefined, settledIn: undefined, ...facts },
      what,
    )
  }
}

test('invariant: S3-HA-2 after 10,000 random forks to depth 64 the store is a replay of the canonical chain', async () => {
  const seed = 20_261_121
  const random = seededRandom(seed)
  let forks = 0
  let deepest = 0
  let torn = 0
  for (let chain = 0; forks < 10_000; chain++) {
    const model = createChainModel(random)
    model.grow(70 + model.below(50))
    const { store, cursorStore } = openFollower()
    let isForking = false
    const fork = () => {
      const depth = 1 + model.below(64)
      // Longer than what it replaces, or it would not have won.
      model.fork(depth, depth + 1 + model.below(4))
      forks += 1
      deepest = Math.max(deepest, depth)
    }
    // One answer in two hundred comes from a chain that changed since the one before.
    const view = viewOf(model, () => {
      if (isForking && random() < 0.005) fork()
    })
    for (let round = 0; round < 60; round++) {
      isForking = true
      if (random() < 0.9) fork()
      else model.grow(1 + model.below(5))
      const look = () => advanceCursor({ view, store: cursorStore, start: 0, ringBlocks: 256 }, signal)
      const outcome = await look().catch((error: unknown) => error)
      if (outcome instanceof Error) {
        torn += 1
        assert.ok(outcome instanceof RetryableError, `${outcome}`)
      }
      isForking = false
      await look()
      // Every fourth round: comparing is what takes the time.
      if (round % 4 === 3) assertIsReplay(store, model, `seed ${seed}, chain ${chain}, round ${round}`)
    }
    store.close()
  }
  assert.ok(forks >= 10_000 && deepest === 64 && torn > 0, `${forks} forks, deepest ${deepest}, torn ${torn}`)
})

test('behavior: a head below the last block read is a node that lags, and nothing is taken back', async () => {
  const model = createChainModel(seededRandom(1))
  model.grow(50)
  const { store, cursorStore } = openFollower()
  const parts = { view: viewOf(model), store: cursorStore, start: 0, ringBlocks: 256 }
  await advanceCursor(parts, signal)
  const before = store.cursor()
  model.fork(20, 10)

  const report = await advanceCursor(parts, signal)

  assert.deepEqual(report, { state: 'lagging', head: 39, rewound: 0 })
  assert.deepEqual(store.cursor(), before)
  store.close()
})

test('behavior: a head right above the last block read is all that is asked for beside its events', async () => {
  const model = createChainModel(seededRandom(3))
  model.grow(30)
  const { store, cursorStore } = openFollower()
  const view = viewOf(model)
  await advanceCursor({ view, store: cursorStore, start: 0, ringBlocks: 256 }, signal)
  model.grow(1)
  let asked = 0
  const counting = {
    ...view,
    blockAt: (number: number) => {
      asked += 1
      return view.blockAt(number)
    },
  }

  await advanceCursor({ view: counting, store: cursorStore, start: 0, ringBlocks: 256 }, signal)

  assertIsReplay(store, model, 'after one block')
  assert.equal(asked, 0)
  store.close()
})

test('error: blocks that do not follow one another are not stored, except on a local chain whose node makes such', async () => {
  const model = createChainModel(seededRandom(6))
  model.grow(20)
  const view = viewOf(model)
  const torn = {
    ...view,
    blockAt: async (number: number) => {
      const block = await view.blockAt(number)
      return block && number === 4 ? { ...block, parentHash: word(0) } : block
    },
  }
  const { store, cursorStore } = openFollower()
  const parts = { view: torn, store: cursorStore, start: 0, ringBlocks: 256 }

  await assert.rejects(advanceCursor(parts, signal), RetryableError)
  assert.equal(store.cursor(), undefined)
  await advanceCursor({ ...parts, isUnlinked: true }, signal)

  assertIsReplay(store, model, 'unlinked')
  store.close()
})

test('behavior: a node that stands alone with another history moves nothing', async () => {
  const model = createChainModel(seededRandom(2))
  model.grow(50)
  const { store, cursorStore } = openFollower()
  const view = viewOf(model)
  await advanceCursor({ view, store: cursorStore, start: 0, ringBlocks: 256 }, signal)
  const before = store.cursor()
  model.fork(5, 8)

  const report = await advanceCursor(
    { view: { ...view, confirm: async () => false }, store: cursorStore, start: 0, ringBlocks: 256 },
    signal,
  )

  assert.equal(report.state, 'disputed')
  assert.deepEqual(store.cursor(), before)
  store.close()
})

test('error: a history that changed below everything remembered stops the cursor and keeps the store', async () => {
  const model = createChainModel(seededRandom(3))
  model.grow(400)
  const { store, cursorStore } = openFollower()
  const parts = { view: viewOf(model), store: cursorStore, start: 0, ringBlocks: 256 }
  await advanceCursor(parts, signal)
  const before = store.cursor()
  model.fork(380, 390)

  await assert.rejects(advanceCursor(parts, signal), DeepReorgError)

  assert.deepEqual(store.cursor(), before)
  store.close()
})

test('behavior: after a downtime the cursor reads all that it missed, however far', async () => {
  const model = createChainModel(seededRandom(4))
  model.grow(10)
  const { store, cursorStore } = openFollower()
  const parts = { view: viewOf(model), store: cursorStore, start: 0, ringBlocks: 256 }
  await advanceCursor(parts, signal)
  model.grow(3000)

  const report = await advanceCursor(parts, signal)

  assert.deepEqual(report, { state: 'caught-up', head: 3009, rewound: 0 })
  assertIsReplay(store, model, 'after the downtime')
  store.close()
})

test('invariant: what the worker decided stays in a reorganisation, what it read from the lost branch does not', async () => {
  const model = createChainModel(seededRandom(5))
  model.grow(1)
  const { store, cursorStore } = openFollower()
  const parts = { view: viewOf(model), store: cursorStore, start: 0, ringBlocks: 256 }
  const requests = [1, 2].map((index, logIndex) => ({
    blockNumber: 1,
    blockHash: word(900),
    logIndex,
    event: { type: 'requested' as const, jobId: word(1000 + index), order: fakeOrder(), block: 1 },
  }))
  await advanceCursor(parts, signal)
  const base = store.ring().at(-1)
  assert.ok(base !== undefined)
  const branch = (number: number, hash: number, parentHash: Hex) => ({ number, hash: word(hash), parentHash })
  store.advance({ blocks: [branch(1, 900, base.hash)], events: requests, operator })
  store.advance({ blocks: [branch(2, 901, word(900))], events: [], operator })
  store.patchJob(word(1001), { status: 'declined', reason: 'price-too-low', detail: 'Too low.' })
  store.patchJob(word(1002), { status: 'lost', reason: 'claimed-by-other', answer: { outputs: [7n], proof: [8n] } })

  store.advance({ rewindTo: 1, blocks: [branch(2, 902, word(900))], events: [], operator })

  const [declined, lost] = [store.job(word(1001)), store.job(word(1002))]
  assert.deepEqual([declined?.status, declined?.reason, declined?.detail], ['declined', 'price-too-low', 'Too low.'])
  assert.deepEqual([lost?.status, lost?.reason, lost?.answer], ['open', undefined, { outputs: [7n], proof: [8n] }])
  store.close()
})
