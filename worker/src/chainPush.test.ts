import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Announcer, createChainPush } from './chainPush.ts'
import { createLogger } from './log.ts'

const logger = createLogger('silent')
const signal = new AbortController().signal
const longMs = 60_000

type Handlers = Parameters<Announcer>[0]

test('behavior: a pushed block ends the wait at once', async () => {
  const opened = Promise.withResolvers<Handlers>()
  const push = createChainPush(async (handlers) => {
    opened.resolve(handlers)
    return () => undefined
  }, logger)
  const { onBlock } = await opened.promise
  const waited = push.next(longMs, signal)

  onBlock()
  await waited

  assert.equal(push.isOpen(), true)
  push.close()
})

test('behavior: without push the wait ends after its time, and with an aborted signal at once', async () => {
  const push = createChainPush(undefined, logger)
  const stopping = new AbortController()

  await push.next(1, signal)
  stopping.abort()
  await push.next(longMs, stopping.signal)

  assert.equal(push.isOpen(), false)
  push.close()
})

test('behavior: S0-REL-2 when the connection ends polling goes on and it is opened again', async () => {
  const opened: Handlers[] = []
  const twice = Promise.withResolvers<void>()
  const push = createChainPush(async (handlers) => {
    opened.push(handlers)
    if (opened.length === 2) twice.resolve()
    return () => undefined
  }, logger)
  opened[0]?.onEnd(new Error('closed'))

  await push.next(1, signal)
  await twice.promise

  assert.equal(opened.length, 2)
  push.close()
})
