import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Hex } from 'viem'
import { startFakeCollector } from './fakeCollector.ts'
import { JobRefusedError } from './jobErrors.ts'
import { openJobTrace } from './jobTrace.ts'

const job = { jobId: `0x${'1a'.repeat(16)}${'2b'.repeat(8)}${'3c'.repeat(8)}`, modelId: `0x${'4d'.repeat(32)}` } as {
  jobId: Hex
  modelId: Hex
}
const collector = await startFakeCollector()
after(() => collector.close())
const target = { otlpUrl: `${collector.url}/`, chainId: 5, worker: '0x01' }

test('behavior: S0-REL-5 a job is one trace, also through a restart, with a span for each stage and the outcome', async () => {
  const first = await openJobTrace(target)
  assert.equal(await first.stage({ ...job, stage: 'admit' }, async () => 7), 7)
  const refusal = new JobRefusedError({ reason: 'price-too-low', detail: 'Too low at https://a.test/SECRET' })
  await assert.rejects(
    first.stage({ ...job, stage: 'claim' }, () => Promise.reject(refusal)),
    refusal,
  )
  await first.close()
  const second = await openJobTrace(target)
  await second.stage({ ...job, stage: 'prove' }, async () => undefined)
  second.end({ ...job, outcome: 'settled', reason: 'late' })
  await second.close()

  const { spans, wrong } = collector
  assert.deepEqual(wrong, [])
  assert.deepEqual(new Set(spans.map(({ traceId }) => traceId)), new Set(['1a'.repeat(16)]))
  const whole = spans.find(({ name }) => name === 'job')
  const stages = spans.filter(({ name }) => name !== 'job')
  assert.deepEqual(stages.map(({ name }) => name).sort(), ['admit', 'claim', 'prove'])
  assert.deepEqual([whole?.spanId, whole?.parentSpanId ?? ''], ['2b'.repeat(8), ''])
  assert.ok(stages.every(({ parentSpanId }) => parentSpanId === whole?.spanId))
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 4)
  for (const { attributes, resource, startTimeUnixNano, endTimeUnixNano } of spans) {
    assert.deepEqual([attributes['assay.job_id'], attributes['assay.model_id']], [job.jobId, job.modelId])
    assert.deepEqual([resource['service.name'], resource['assay.chain_id']], ['assay-worker', 5])
    assert.ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano))
  }
  assert.deepEqual([whole?.attributes['assay.outcome'], whole?.attributes['assay.reason']], ['settled', 'late'])
  const claim = stages.find(({ name }) => name === 'claim')
  assert.deepEqual([claim?.status.code, claim?.status.message], [2, 'Too low at https://a.test'])
  assert.deepEqual(
    claim?.events.map(({ name, attributes }) => [name, attributes['exception.type']]),
    [['exception', 'JobRefusedError']],
  )
})

test('error: S0-REL-5 a collector that refuses is told, and harms no job', async () => {
  const failures: string[] = []
  collector.settings.status = 400
  const trace = await openJobTrace({ ...target, onFailure: (detail) => failures.push(detail) })

  assert.equal(await trace.stage({ ...job, stage: 'admit' }, async () => 7), 7)
  await trace.close()

  collector.settings.status = 200
  assert.ok(failures.length > 0)
})

/** Packages of OpenTelemetry that a process resolves which opens a trace to a URL. */
function loadedFor(otlpUrl: string): string[] {
  const script = `
    import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ resolve: (name, context, next) => { if (name.startsWith('@opentelemetry/')) seen.push(name); return next(name, context) } })
    await import('./daemon.ts')
    const { openJobTrace } = await import('./jobTrace.ts')
    await openJobTrace({ otlpUrl: process.argv[1], chainId: 5, worker: '0x01' })
    process.stdout.write(JSON.stringify(seen))
    process.exit(0)`
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script, otlpUrl], { cwd, encoding: 'utf8' }),
  )
}

test('behavior: S0-REL-5 without a place to send traces to nothing of OpenTelemetry is loaded', () => {
  assert.deepEqual(loadedFor(''), [])
  assert.ok(loadedFor('http://127.0.0.1:1').includes('@opentelemetry/sdk-trace'))
})
