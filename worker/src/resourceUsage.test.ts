import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { watchResources } from './resourceUsage.ts'

test('behavior: S0-REL-5 memory, disk and the delay of a blocked event loop are told', async () => {
  const watch = watchResources({ directory: tmpdir(), windowMs: 300 })
  // A look before the first window ends, then 200 ms in which nothing else can run.
  assert.equal(watch.read().eventLoopLag.max, 0)
  await new Promise((resolve) => setTimeout(resolve, 60))
  const until = performance.now() + 200
  while (performance.now() < until);
  while (watch.read().eventLoopLag.max === 0) await new Promise((resolve) => setTimeout(resolve, 20))

  const { residentBytes, eventLoopLag, diskFreeBytes, memoryAvailableBytes } = watch.read()
  watch.close()
  assert.ok(eventLoopLag.max > 0.1 && eventLoopLag.p50 <= eventLoopLag.max, JSON.stringify(eventLoopLag))
  assert.ok(residentBytes > 2 ** 20 && memoryAvailableBytes > 0 && (diskFreeBytes ?? 0) > 0)
})

test('behavior: S0-REL-5 a disk that does not tell leaves its metric out', () => {
  const watch = watchResources({ directory: '/does/not/exist' })

  assert.equal(watch.read().diskFreeBytes, undefined)
  watch.close()
})
