import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SandboxProcess } from './sandboxProcess.ts'
import { createWarmPool } from './warmPool.ts'

function fakeProcess(): { process: SandboxProcess; killed: () => boolean; end: () => void } {
  let dead = false
  const { promise: result, resolve } = Promise.withResolvers<Uint8Array>()
  const end = () => resolve(new Uint8Array())
  const kill = () => {
    dead = true
    end()
  }
  const gone = result.then(() => undefined)
  return { process: { ready: Promise.resolve(), send: () => {}, result, gone, kill }, killed: () => dead, end }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('behavior: a process is taken once', async () => {
  const pool = createWarmPool(1)
  const { process } = fakeProcess()
  pool.warm('a', async () => process)
  await settled()

  assert.equal(pool.take('b'), undefined)
  assert.equal(pool.take('a'), process)
  assert.equal(pool.take('a'), undefined)
})

test('behavior: beyond its size the oldest is ended, also one that is still starting', async () => {
  const pool = createWarmPool(1)
  const [first, second] = [fakeProcess(), fakeProcess()]
  pool.warm('a', async () => first.process)
  pool.warm('b', async () => second.process)
  await settled()

  assert.ok(first.killed())
  assert.equal(pool.take('a'), undefined)
  assert.equal(pool.take('b'), second.process)
})

test('behavior: one that dies or does not start is forgotten, and another may start', async () => {
  const pool = createWarmPool(2)
  const [first, second] = [fakeProcess(), fakeProcess()]
  pool.warm('a', async () => first.process)
  pool.warm('b', () => Promise.reject(new Error('no cgroup')))
  await settled()
  first.end()
  await settled()
  assert.equal(pool.take('a'), undefined)

  pool.warm('b', async () => second.process)
  await settled()

  assert.equal(pool.take('b'), second.process)
})

test('behavior: a drop ends all that wait; a size of 0 starts none', async () => {
  const pool = createWarmPool(2)
  const first = fakeProcess()
  pool.warm('a', async () => first.process)
  await settled()
  pool.drop()
  const none = createWarmPool(0)
  none.warm('a', () => assert.fail('started'))

  assert.ok(first.killed())
  assert.equal(none.take('a'), undefined)
})
