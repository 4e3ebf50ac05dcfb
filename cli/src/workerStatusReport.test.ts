import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { WorkerStatus } from '@assay/sdk/readWorkerStatus'
import { troublesOf, workerStatusReport } from './workerStatusReport.ts'

const since = '2026-01-01T00:00:00.000Z'
const up = { ok: true, detail: 'answers', since }
const modelId = `0x${'ab'.repeat(32)}`

function fakeStatus(overrides: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    network: { name: 'devnet', chainId: 31_337 },
    startedAt: since,
    uptimeSeconds: 93_784,
    ready: true,
    dependencies: { chain: up, content: up, account: up, sandbox: up },
    signer: '0x01',
    account: {
      readAt: since,
      gasMoney: '500000000000000000',
      operator: { address: '0x02', free: '9000000000000000000', bonded: '1', minStake: '1', balance: '20' },
    },
    earned: { total: { jobs: 2, wei: '3000000000000000000' }, lastDay: { jobs: 1, wei: '1000000000000000000' } },
    jobs: { settled: 2 },
    working: [],
    declined: {},
    proving: [],
    endpoints: [{ label: '1:a.test', breaker: 'closed', head: 12 }],
    outbox: {},
    sandbox: { rung: 'isolated', detail: 'isolated: namespaces', waiting: 0 },
    ...overrides,
  }
}

/** Lines of the report with runs of spaces as one. */
function linesOf(status: WorkerStatus): string[] {
  return workerStatusReport(status)
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '))
}

describe('assay worker status', () => {
  it('behavior: S0-CFG-2 says what the worker is, has and earned', () => {
    const lines = linesOf(fakeStatus())

    for (const line of [
      'worker ready',
      'network devnet (chain 31337)',
      'up for 1 d 2 h',
      'operator 0x02',
      'signer 0x01, 0.5 ETH for gas',
      'stake 9 ETH free, 0.000000000000000001 ETH bonded',
      'earned 3 ETH with 2 jobs',
      'last 24 h 1 ETH with 1 job',
      '1:a.test closed 12',
      'No job under way.',
      'No job declined.',
      'No proof made.',
    ]) {
      assert.ok(lines.includes(line), `${line}\n\n${lines.join('\n')}`)
    }
  })

  it('behavior: S0-CFG-2 lists jobs with stage and time left, declined ones by reason, and proving times', () => {
    const job = { jobId: `0x${'cd'.repeat(32)}`, modelId, stage: 'prove', running: true }
    const lines = linesOf(
      fakeStatus({
        working: [
          { ...job, price: '1000000000000000000', secondsLeft: 125 },
          { ...job, running: false, secondsLeft: -61 },
          { ...job, stage: 'admit' },
        ],
        declined: { 'price-too-low': 2, 'model-invalid': 11 },
        proving: [{ modelId, proofs: 20, p50Ms: 1234, p95Ms: 2000 }],
        outbox: { parked: 3 },
        key: { createdAt: since, ageDays: 40 },
      }),
    )

    const from = (line: string) => lines.slice(lines.indexOf(line) + 1)
    assert.deepEqual(from('job model stage price time left').slice(0, 3), [
      '0xcdcdcdcd… 0xabababab… prove 1 ETH 2 min 5 s',
      '0xcdcdcdcd… 0xabababab… prove (waits) - LATE by 1 min 1 s',
      '0xcdcdcdcd… 0xabababab… admit - not claimed',
    ])
    assert.deepEqual(from('declined because jobs').slice(0, 2), ['model-invalid 11', 'price-too-low 2'])
    assert.equal(from('model proofs p50 p95')[0], '0xabababab… 20 1.2 s 2.0 s')
    assert.ok(lines.includes('parked 3 transactions wait until gas is cheaper'))
    assert.ok(lines.includes('key 40 days old'))
  })

  it('behavior: S0-CFG-2 says what is down, and that nothing is known of the account yet', () => {
    const { account: _, ...rest } = fakeStatus({
      ready: false,
      dependencies: { chain: { ok: false, detail: 'no \u001b[2Janswer', since }, content: up },
    })
    const lines = linesOf(rest)

    assert.deepEqual(troublesOf(rest).length, 1)
    for (const line of ['worker NOT READY', 'stake not known', `chain DOWN ${since} no answer`])
      assert.ok(lines.includes(line), line)
  })
})
