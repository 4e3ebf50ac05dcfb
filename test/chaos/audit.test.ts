import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeOrder } from '@assay/worker/fakeOrder'
import { type Hex, numberToHex } from 'viem'
import { auditChain, type Excuses } from './auditChain.ts'
import { auditStore, type StoreRows } from './auditStore.ts'
import type { ChainHistory, HistoryEvent, WorkerTransaction } from './chainHistory.ts'

const operator = '0x976EA74026E726554dB657fA54763abd0C3a0aa9'
const rival = '0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc'
const stake = 10n ** 18n
const bond = 10n ** 16n
const hash = (value: number): Hex => numberToHex(value, { size: 32 })
const jobId = hash(0xa)
const order = fakeOrder({ allowedWorker: operator, bond })
const settlement = { workerShare: 8n, royalty: 1n, fee: 1n }

const placed = (block: number) => ({ jobId, block, time: 1000 + block, transactionHash: hash(block) })
const requested = { type: 'requested', ...placed(1), order } as const
const claimed = { type: 'claimed', ...placed(2), worker: operator, price: 10n, due: 1300 } as const
const skipped = { type: 'skipped', ...placed(3), reason: 'AssuranceFailed' } as const
const settled = { type: 'settled', ...placed(3), worker: operator, ...settlement } as const
const expired = { type: 'expired', ...placed(3), worker: operator, slashed: bond } as const

function sent(action: WorkerTransaction['action'], block: number, isReverted = false): WorkerTransaction {
  return { hash: hash(block), block, action, jobIds: [jobId], isReverted }
}

/** A market in which the worker answered its one job. */
function history(overrides: Partial<ChainHistory> = {}): ChainHistory {
  return {
    operator,
    events: [requested, claimed, settled],
    transactions: [sent('claim', 2), sent('submit', 3)],
    blocks: new Map([1, 2, 3, 4].map((number) => [number, hash(0x100 + number)])),
    head: 4,
    now: 1004,
    stake: { free: stake, bonded: 0n },
    ...overrides,
  }
}

/** The same market as the worker's store has it. */
function store(): StoreRows & { job: StoreRows['jobs'][number] } {
  const job: StoreRows['jobs'][number] = {
    jobId,
    order,
    requestBlock: 1,
    status: 'settled',
    stage: 'settle',
    price: 10n,
    due: 1300,
    settlement,
    settledIn: hash(3),
    durations: {},
    updatedAt: 0,
  }
  return {
    job,
    jobs: [job],
    ring: [3, 4].map((number) => ({ number, hash: hash(0x100 + number) })),
    journal: [requested, claimed, settled].map(({ block, type }) => ({ block, jobId, type })),
    transactions: [
      { hash: hash(2), kind: 'claim', entryStatus: 'mined', status: 'mined', block: 2 },
      { hash: hash(3), kind: 'submit', entryStatus: 'mined', status: 'mined', block: 3 },
    ],
  }
}

function kindsOf(overrides: Partial<ChainHistory>, excuses?: Excuses): string[] {
  return auditChain(history(overrides), { stake, ...(excuses && { excuses }) }).map(({ kind }) => kind)
}

/** Findings after a change of the store. */
function afterStore(change: (rows: ReturnType<typeof store>) => void, overrides: Partial<ChainHistory> = {}): string[] {
  const rows = store()
  change(rows)
  return auditStore(rows, history(overrides)).map(({ detail }) => detail)
}

test('behavior: a job that was claimed, answered and stored as it happened leaves nothing to find', () => {
  assert.deepEqual(kindsOf({}), [])
  assert.deepEqual(
    afterStore(() => undefined),
    [],
  )
})

const planted: { what: string; history: Partial<ChainHistory>; kinds: string[] }[] = [
  { what: 'a job that nobody claimed', history: { events: [requested], transactions: [] }, kinds: ['lost-job'] },
  {
    what: 'a claimed job that was never answered',
    history: {
      events: [requested, claimed],
      transactions: [sent('claim', 2)],
      stake: { free: stake - bond, bonded: bond },
    },
    kinds: ['lost-job'],
  },
  {
    what: 'an answer after the due time',
    history: { events: [requested, { ...claimed, due: 1002 }, settled] },
    kinds: ['late-answer'],
  },
  {
    what: 'two mined claims',
    history: { transactions: [sent('claim', 2), sent('claim', 4), sent('submit', 3)] },
    kinds: ['double-claim'],
  },
  {
    what: 'a job claimed again after it was given back',
    history: { events: [requested, claimed, { type: 'released', ...placed(2), worker: operator }, claimed, settled] },
    kinds: ['double-claim'],
  },
  {
    what: 'two mined answers, the second reverted',
    history: { transactions: [sent('claim', 2), sent('submit', 3), sent('submit', 4, true)] },
    kinds: ['refused-transaction', 'double-submit'],
  },
  {
    what: 'an answer that a batch skipped',
    history: { events: [requested, claimed, skipped, settled] },
    kinds: ['refused-transaction'],
  },
  {
    what: 'a bond that was slashed',
    history: {
      events: [requested, claimed, expired],
      transactions: [sent('claim', 2)],
      stake: { free: stake - bond, bonded: 0n },
    },
    kinds: ['lost-job', 'lost-bond', 'stake-differs'],
  },
  {
    what: 'stake that no event explains',
    history: { stake: { free: stake - 1n, bonded: 0n } },
    kinds: ['stake-differs'],
  },
]

for (const { what, history: changed, kinds } of planted) {
  test(`soundness: the audit of the chain finds ${what}`, () => {
    assert.deepEqual(kindsOf(changed), kinds)
  })
}

test('behavior: what a scenario itself did to a job is excused, and for that job only', () => {
  const slashed = { events: [requested, claimed, expired], transactions: [sent('claim', 2)] }
  const missed = new Set([jobId])

  assert.deepEqual(kindsOf({ ...slashed, stake: { free: stake - bond, bonded: 0n } }, { missed }), [])
  assert.deepEqual(kindsOf({ events: [requested], transactions: [] }, { unclaimed: missed }), [])
  assert.deepEqual(
    kindsOf(
      { transactions: [sent('claim', 2), sent('submit', 3), sent('submit', 4, true)] },
      { reorged: new Set([hash(4)]) },
    ),
    [],
  )
  assert.deepEqual(kindsOf({ events: [requested], transactions: [] }, { missed: new Set([hash(0xb)]) }), ['lost-job'])
})

test('behavior: a skipped answer is excused where a pause made it late or a reorganisation moved it, and in transactions of others', () => {
  const missed = new Set([jobId])
  const late = { events: [requested, claimed, { ...skipped, reason: 'WrongTime' }, { ...expired, ...placed(4) }] }
  assert.deepEqual(kindsOf({ ...late, stake: { free: stake - bond, bonded: 0n } }, { missed }), [])
  const refused = { ...late, events: late.events.with(2, skipped) }
  assert.deepEqual(kindsOf({ ...refused, stake: { free: stake - bond, bonded: 0n } }, { missed }), [
    'refused-transaction',
  ])
  assert.deepEqual(kindsOf({ events: [requested, claimed, { ...skipped, transactionHash: hash(9) }, settled] }), [])
  const again = { ...settled, ...placed(4) }
  const answers = [sent('claim', 2), sent('submit', 3), sent('submit', 4)]
  const reorged = new Set([hash(3)])
  assert.deepEqual(kindsOf({ events: [requested, claimed, skipped, again], transactions: answers }, { reorged }), [])
  assert.deepEqual(kindsOf({ events: [requested, claimed, again], transactions: answers }, { reorged }), [
    'double-submit',
  ])
})

const wrongRows: { what: string; change: (rows: ReturnType<typeof store>) => void; found: RegExp }[] = [
  {
    what: 'another status',
    change: ({ job }) => void Object.assign(job, { status: 'open' }),
    found: /is open .* the chain says settled/,
  },
  {
    what: 'another price',
    change: ({ job }) => void Object.assign(job, { price: 11n }),
    found: /has price 11 .* says 10/,
  },
  {
    what: 'another due time',
    change: ({ job }) => void Object.assign(job, { due: undefined }),
    found: /has due undefined .* says 1300/,
  },
  {
    what: 'another settlement',
    change: ({ job }) => void Object.assign(job, { settledIn: hash(9) }),
    found: /has settledIn/,
  },
  {
    what: 'another share',
    change: ({ job }) => void Object.assign(job, { settlement: { ...settlement, fee: 2n } }),
    found: /has fee 2 .* says 1/,
  },
  { what: 'no row', change: (rows) => void rows.jobs.pop(), found: /is on chain and not in the store/ },
  {
    what: 'a row too many',
    change: (rows) => void rows.jobs.push({ ...rows.job, jobId: hash(0xb) }),
    found: /is settled in the store and not on chain/,
  },
  {
    what: 'a block of another branch',
    change: (rows) => void rows.ring.splice(0, 1, { number: 3, hash: hash(1) }),
    found: /^Block 3 is/,
  },
  { what: 'blocks that were not read', change: (rows) => void rows.ring.pop(), found: /has read up to block 3 of 4/ },
  {
    what: 'an event that was not read',
    change: (rows) => void rows.journal.pop(),
    found: /is on chain and not in the store/,
  },
  {
    what: 'an event of another branch',
    change: (rows) => void rows.journal.push({ block: 4, jobId, type: 'expired' }),
    found: /is in the store and not on chain/,
  },
  {
    what: 'a transaction too few',
    change: (rows) => void rows.transactions.pop(),
    found: /^The submit .* is on chain and not in/,
  },
  {
    what: 'a transaction in another block',
    change: (rows) =>
      void rows.transactions.splice(0, 1, {
        hash: hash(2),
        kind: 'claim',
        entryStatus: 'mined',
        status: 'mined',
        block: 1,
      }),
    found: /is in block 1 in the store; the chain says 2/,
  },
  {
    what: 'a filler that is not on chain',
    change: (rows) =>
      void rows.transactions.push({ hash: hash(7), kind: 'filler', entryStatus: 'mined', status: 'mined', block: 4 }),
    found: /^The filler .* is mined in the store; the chain says not mined/,
  },
  {
    what: 'a transaction under way',
    change: (rows) =>
      void rows.transactions.push({ hash: hash(7), kind: 'submit', entryStatus: 'parked', status: 'signed' }),
    found: /is parked in the store, and nothing is under way/,
  },
]

for (const { what, change, found } of wrongRows) {
  test(`soundness: the audit of the store finds ${what}`, () => {
    const details = afterStore(change)

    assert.equal(details.length, 1, details.join('\n'))
    assert.match(details[0] ?? '', found)
  })
}

test('behavior: a mined cancellation and a mined filler are what they are in the store', () => {
  const empty = [4, 5].map((block) => ({ ...sent('other', block), jobIds: [] }))
  const details = afterStore(
    (rows) => {
      for (const [kind, block] of [
        ['claim', 4],
        ['filler', 5],
      ] as const)
        rows.transactions.push({ hash: hash(block), kind, entryStatus: 'mined', status: 'mined', block })
    },
    { transactions: [...history().transactions, ...empty, sent('other', 1)] },
  )

  assert.deepEqual(details, [])
})

test('behavior: the replay follows a job through claims of others, ends and reorganised requests', () => {
  const endings: { events: HistoryEvent[]; row: Partial<StoreRows['jobs'][number]> }[] = [
    { events: [requested, { ...claimed, worker: rival }], row: { status: 'lost' } },
    { events: [requested, { ...claimed, worker: rival }, { ...expired, worker: rival }], row: { status: 'open' } },
    { events: [requested, claimed, expired], row: { status: 'slashed', price: 10n, due: 1300 } },
    {
      events: [requested, claimed, { type: 'released', ...placed(3), worker: operator }],
      row: { status: 'over', price: 10n },
    },
    { events: [requested, { type: 'cancelled', ...placed(3) }], row: { status: 'over' } },
    { events: [requested, { type: 'refunded', ...placed(3) }], row: { status: 'over' } },
    { events: [], row: { status: 'over', reason: 'request-reorged' } },
  ]
  const blank = { price: undefined, due: undefined, settlement: undefined, settledIn: undefined }

  for (const { events, row } of endings) {
    const details = afterStore(
      (rows) => {
        rows.jobs = [{ ...rows.job, ...blank, ...row }]
        rows.journal = events.map(({ block, type }) => ({ block, jobId, type }))
      },
      { events },
    )
    assert.deepEqual(details, [], events.map(({ type }) => type).join(', '))
  }
})
