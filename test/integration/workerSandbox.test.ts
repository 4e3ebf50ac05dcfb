import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { rungs, violationKinds } from '@assay/worker/sandbox/sandboxErrors'
import { startMarket } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())

test('behavior: S0-SBX-1 S0-REL-4 the worker says what holds its computations, and counts violations by kind', async () => {
  const worker = market.startWorker()
  await worker.waitFor(({ msg }) => msg === 'worker started')

  const health = await (await fetch(`${worker.statusUrl()}/health`)).json()
  const metrics = await (await fetch(`${worker.statusUrl()}/metrics`)).text()
  worker.signal('SIGTERM')

  // The page's shape is what is tested here.
  const { sandbox } = (health as { dependencies: Record<string, { ok: boolean; detail: string }> }).dependencies
  const rung = sandbox?.detail.split(':')[0]
  assert.equal(sandbox?.ok, true)
  assert.ok(
    rungs.some((name) => name === rung),
    sandbox?.detail,
  )
  assert.match(metrics, new RegExp(`^assay_worker_sandbox_rung\\{rung="${rung}"\\} 1$`, 'm'))
  for (const kind of violationKinds) {
    assert.match(metrics, new RegExp(`^assay_worker_sandbox_violation_total\\{kind="${kind}"\\} 0$`, 'm'))
  }
  assert.equal(await worker.ended, 0)
})

test('error: S0-SBX-1 a worker that may not start without isolation says what is missing and ends with 78', async () => {
  const worker = market.startWorker({
    dataDir: 'strict',
    environment: { PATH: '/nonexistent', ASSAY_WORKER_SANDBOX_REQUIRE_ISOLATION: 'isolated' },
  })

  assert.equal(await worker.ended, 78)
  assert.match(
    worker.errorOutput(),
    /^sandbox\.requireIsolation is isolated and this machine does not reach it \(isolated: bubblewrap \(bwrap\) is not in PATH\): install bubblewrap/,
  )
})
