import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { cidOf } from '@assay/sdk/content'
import { openContentBlocks, parseCid } from './contentBlocks.ts'
import { type ContentLimits, createContentFetch } from './contentFetch.ts'
import { type ContentSource, embeddedSource } from './contentSource.ts'
import { openContentStaging } from './contentStaging.ts'
import { createLogger } from './log.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-fetch-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const embedded = embeddedSource(await openContentBlocks(join(folder, 'origin')))
const signal = new AbortController().signal
const logger = createLogger('error').child({}, { level: 'silent' })
let folders = 0

const file = randomBytes(5_000_000)
const cid = await add(file)
const maxBytes = file.length

async function add(bytes: Uint8Array): Promise<string> {
  const added = await embedded.add?.(bytes, signal)
  assert.ok(added !== undefined)
  return added
}

/** A source with all content that counts what it is asked for. */
function fakeSource(overrides: Partial<ContentSource> = {}) {
  const asked: string[] = []
  const { block, ...others } = overrides
  const source: ContentSource = {
    name: 'fake',
    ...others,
    block: (key, aborted) => {
      asked.push(key.toString())
      return (block ?? embedded.block)(key, aborted)
    },
  }
  return { source, asked }
}

function fakeFetch(
  sources: ContentSource[],
  options: { directory?: string; limits?: Partial<ContentLimits>; stagingBytes?: number } = {},
) {
  folders += 1
  const directory = options.directory ?? join(folder, `staging${folders}`)
  const staging = openContentStaging({ directory, maxBytes: options.stagingBytes ?? 64 * 1024 * 1024 })
  const limits = { blockTimeoutMs: 5000, negativeMs: 60_000, breaker: { failures: 2, recoveryMs: 60_000 } }
  return {
    fetch: createContentFetch({ sources, staging, logger }, { ...limits, ...options.limits }),
    staging,
    directory,
  }
}

test('behavior: S0-REL-3 whoever wants the same content at the same time shares one download', async () => {
  const { source, asked } = fakeSource()
  const { fetch } = fakeFetch([source])

  const copies = await Promise.all(Array.from({ length: 8 }, () => fetch({ cid, maxBytes }, signal)))

  for (const copy of copies) assert.ok(file.equals(copy))
  assert.equal(asked.length, 6)
})

test('soundness: S2-XFR-1 wrong bytes are not taken from any source, and the next one is asked', async () => {
  const liar = fakeSource({ block: async () => randomBytes(100) })
  const honest = fakeSource()
  const { fetch } = fakeFetch([liar.source, honest.source])

  const bytes = await fetch({ cid, maxBytes }, signal)

  assert.ok(file.equals(bytes))
  assert.equal(honest.asked.length, 6)
  // Its breaker opened: from then on the honest source is asked first.
  assert.ok(liar.asked.length < 6)
  const only = fakeFetch([fakeSource({ block: async () => randomBytes(100) }).source])
  await assert.rejects(only.fetch({ cid, maxBytes }, signal), { name: 'RetryableError', reason: 'content-unavailable' })
})

test('behavior: a download that was cut off goes on with the blocks that it has', async () => {
  let left = 3
  const failing = fakeSource({
    block: async (key, aborted) => {
      left -= 1
      if (left < 0) throw new Error('gone')
      return embedded.block(key, aborted)
    },
  })
  const first = fakeFetch([failing.source])
  await assert.rejects(first.fetch({ cid, maxBytes }, signal), { reason: 'content-unavailable' })

  const whole = fakeSource()
  const second = fakeFetch([whole.source], { directory: first.directory })
  const bytes = await second.fetch({ cid, maxBytes }, signal)

  assert.ok(file.equals(bytes))
  assert.equal(whole.asked.length, 3)
  assert.equal(second.staging.bytes(), 0)
  assert.deepEqual(readdirSync(first.directory), [])
})

test('soundness: S2-XFR-1 a staged block that was changed on disk is fetched again', async () => {
  const { source, asked } = fakeSource()
  const { staging, directory } = fakeFetch([])
  const root = parseCid(cid)
  await staging.put(root, await embedded.block(root, signal))
  writeFileSync(join(directory, cid), 'changed')

  const bytes = await fakeFetch([source], { directory }).fetch({ cid, maxBytes }, signal)

  assert.ok(file.equals(bytes))
  assert.ok(asked.includes(cid))
})

test('behavior: content that nobody has is not asked for again at once', async () => {
  const { source, asked } = fakeSource({ block: async () => Promise.reject(new Error('missing')) })
  const { fetch } = fakeFetch([source])

  for (let turn = 0; turn < 3; turn++) {
    await assert.rejects(fetch({ cid, maxBytes }, signal), { name: 'RetryableError', reason: 'content-unavailable' })
  }

  assert.equal(asked.length, 1)
  const brief = fakeFetch([source], { limits: { negativeMs: 0 } })
  for (let turn = 0; turn < 2; turn++) await assert.rejects(brief.fetch({ cid, maxBytes }, signal))
  assert.equal(asked.length, 3)
})

test('behavior: a source that hangs is passed over after its time, even when it ignores its signal', async () => {
  const hanging = fakeSource({ block: () => new Promise(() => undefined) })
  const { fetch } = fakeFetch([hanging.source, fakeSource().source], { limits: { blockTimeoutMs: 1500 } })

  assert.ok(file.equals(await fetch({ cid, maxBytes }, signal)))
})

test('behavior: one that leaves does not end the download of others; when all left, it ends', async () => {
  const gate = Promise.withResolvers<void>()
  let ended = false
  const slow = fakeSource({
    block: async (key, aborted) => {
      aborted.addEventListener('abort', () => {
        ended = true
      })
      await gate.promise
      return embedded.block(key, aborted)
    },
  })
  const { fetch } = fakeFetch([slow.source])
  const leaver = new AbortController()
  const left = fetch({ cid, maxBytes }, leaver.signal)
  const stays = fetch({ cid, maxBytes }, signal)

  leaver.abort(new Error('left'))
  await assert.rejects(left, /left/)
  assert.equal(ended, false)
  gate.resolve()

  assert.ok(file.equals(await stays))
  const alone = new AbortController()
  const other = fakeFetch([fakeSource({ block: () => new Promise(() => undefined) }).source])
  const abandoned = other.fetch({ cid, maxBytes }, alone.signal)
  alone.abort(new Error('left'))
  await assert.rejects(abandoned, /left/)
})

test('error: content over its limit, and what is no CID, is refused', async () => {
  const { fetch } = fakeFetch([fakeSource().source])

  await assert.rejects(fetch({ cid, maxBytes: maxBytes - 1 }, signal), {
    name: 'JobRefusedError',
    reason: 'content-too-large',
  })
  await assert.rejects(fetch({ cid: '../etc/passwd', maxBytes }, signal), { reason: 'model-invalid' })
})

test('invariant: what is staged never takes more than its limit, and the oldest goes first', async () => {
  const directory = join(folder, 'bounded')
  const staging = openContentStaging({ directory, maxBytes: 100 })
  const cids = await Promise.all([1, 2, 3].map(async (byte) => parseCid(await add(new Uint8Array(40).fill(byte)))))

  for (const one of cids) await staging.put(one, new Uint8Array(40))
  const [first, second, third] = cids

  assert.equal(staging.bytes(), 80)
  assert.ok(first && second && third)
  assert.equal(await staging.get(first), undefined)
  assert.equal((await staging.get(second))?.length, 40)
  assert.ok(existsSync(join(directory, third.toString())))
  await staging.put(first, new Uint8Array(101))
  assert.equal(staging.bytes(), 80)
})

test("behavior: what this machine's own store does not hold is no fault of it: it stays the first to be asked", async () => {
  const store = await openContentBlocks(join(folder, 'own'))
  const own = fakeSource({ block: embeddedSource(store).block })
  const other = fakeSource()
  const { fetch } = fakeFetch([own.source, other.source], { limits: { breaker: { failures: 1, recoveryMs: 60_000 } } })

  await fetch({ cid, maxBytes }, signal)
  const published = randomBytes(1000)
  await store.put(published, { codec: 'raw' })
  const bytes = await fetch({ cid: await cidOf(published), maxBytes }, signal)

  assert.ok(published.equals(bytes))
  assert.equal(own.asked.length, 7)
  assert.equal(other.asked.length, 6)
})
