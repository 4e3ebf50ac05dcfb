import type { StatusSources } from './workerPages.ts'

const since = '2026-01-01T00:00:00.000Z'

/** A worker's state for tests of what shows it: the chain is down, the rest works. */
export function fakeSources(overrides: Partial<StatusSources> = {}): StatusSources {
  const state = { ok: true, detail: 'answers', since }
  return {
    health: {
      report: () => undefined,
      ready: () => false,
      states: () => ({ chain: { ...state, ok: false }, content: state, account: state, sandbox: state }),
    },
    store: {
      counts: () => ({ open: 2, ended: 1 }),
      reasonCounts: () => ({ 'price-too-low': 1 }),
      cursor: () => ({ block: 8, hash: '0x00' }),
      outboxCounts: () => ({ final: 4 }),
      declinedCounts: () => ({}),
      earnings: () => ({ jobs: 0, wei: 0n }),
      provingTimes: () => [],
      openJobs: () => [],
      recentJobs: () => [],
    },
    cache: { counts: () => ({ fetched: 3, found: 2, evicted: 1 }), bytes: () => 77 },
    sandbox: {
      rung: 'limited',
      detail: 'rlimits alone',
      waiting: () => 1,
      violations: () => violations,
      memory: () => ({ takenMb: 2, totalMb: 8 }),
    },
    processes: () => ({ inference: hot, prover: { ...hot, idle: 2 } }),
    slots: { open: () => 1, configured: 3 },
    answers: { executors: () => [executor, executor] },
    fleet: {
      counts: () => ({
        items: { waiting: 1, running: 2, finished: 0 },
        results: { accepted: 3, failed: 0, refused: 1, unwanted: 0 },
      }),
    },
    resources: () => ({
      residentBytes: 5,
      heapBytes: 3,
      externalBytes: 2,
      diskFreeBytes: 6,
      memoryAvailableBytes: 7,
    }),
    loopLag: { quantiles: () => ({ 0.99: 0.01 }) },
    running: () => ['0x01'],
    endpoints: { states: () => [{ label: 'a"b', breaker: 'half-open', head: 9 }] },
    account: async () => undefined,
    identity: { network: { name: 'test', chainId: 5 }, signer: '0x00', startedAt: 0 },
    ...overrides,
  }
}
const hot = { lent: 1, idle: 0, waiting: 0, memoryMb: 1, started: 3, died: 1, evicted: 1 }
const violations = { memory: 1, cpu: 0, wall: 0, output: 0, files: 0, processes: 0, network: 0 }
const executor = {
  slots: 2,
  running: 1,
  rung: 'limited',
  memoryMb: 4096,
  wallSeconds: 600,
  maxModelBytes: 1,
  maxInputBytes: 1,
  computeMs: {},
} as const
