import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { type ModelFile, openModelCache } from './modelCache.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-cache-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const { signal } = new AbortController()
let folders = 0

function contentOf(number: number, bytes: number): Uint8Array {
  return new Uint8Array(bytes).fill(number)
}

function fileOf(number: number, bytes: number): ModelFile {
  const digest = createHash('sha256').update(contentOf(number, bytes)).digest('hex')
  return { cid: `file${number}`, sha256: `0x${digest}`, bytes }
}

/** A cache whose source serves each file's true content and counts how often. */
function fakeCache({
  maxBytes,
  directory,
  ...disk
}: {
  maxBytes: number
  directory?: string
  minFreeBytes?: number
  freeBytes?: () => number
}) {
  folders += 1
  const path = directory ?? join(folder, `${folders}`)
  const fetched: string[] = []
  const fetch = async (file: ModelFile) => {
    fetched.push(file.cid)
    return contentOf(Number(file.cid.slice(4)), file.bytes)
  }
  return { cache: openModelCache({ directory: path, maxBytes, fetch, signal, ...disk }), path, fetched }
}

function bytesOnDisk(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0)
}

test('behavior: S0-REL-3 a file is fetched once however many want it at the same time', async () => {
  const { cache, fetched } = fakeCache({ maxBytes: 100 })

  const held = await Promise.all(Array.from({ length: 8 }, () => cache.hold([fileOf(1, 40)], signal)))

  assert.deepEqual(fetched, ['file1'])
  for (const { paths } of held) assert.deepEqual([...readFileSync(paths[0] ?? '')], [...contentOf(1, 40)])
})

test('behavior: S0-REL-3 the least recently used file makes room, never one in use', async () => {
  const { cache, path, fetched } = fakeCache({ maxBytes: 100 })
  const first = await cache.hold([fileOf(1, 40)], signal)
  const second = await cache.hold([fileOf(2, 40)], signal)
  second.release()

  const third = await cache.hold([fileOf(3, 40)], signal)

  assert.deepEqual(readdirSync(path).sort(), ['file1', 'file3'])
  await assert.rejects(cache.hold([fileOf(4, 40)], signal), { name: 'JobRefusedError', reason: 'model-too-large' })
  first.release()
  third.release()
  const again = await cache.hold([fileOf(3, 40)], signal)
  again.release()
  assert.deepEqual(fetched, ['file1', 'file2', 'file3'])
  assert.deepEqual(cache.counts(), { fetched: 3, found: 1, evicted: 1 })
})

test('behavior: S0-REL-3 a pinned file stays while others go, until it is unpinned', async () => {
  const { cache, path } = fakeCache({ maxBytes: 100 })
  cache.pin(['file1'])
  for (const number of [1, 2]) (await cache.hold([fileOf(number, 40)], signal)).release()

  const third = await cache.hold([fileOf(3, 40)], signal)
  assert.deepEqual(readdirSync(path).sort(), ['file1', 'file3'])
  await assert.rejects(cache.hold([fileOf(4, 40)], signal), { reason: 'model-too-large' })
  cache.unpin(['file1'])
  const fourth = await cache.hold([fileOf(4, 40)], signal)

  assert.deepEqual(readdirSync(path).sort(), ['file3', 'file4'])
  third.release()
  fourth.release()
})

test('behavior: S0-REL-3 the cache leaves its part of the disk free, and gives up its own files first', async () => {
  let path = ''
  // A disk of 150 bytes on which there is nothing else.
  const freeBytes = () => 150 - (path === '' ? 0 : bytesOnDisk(path))
  const made = fakeCache({ maxBytes: 1000, minFreeBytes: 50, freeBytes })
  path = made.path
  const first = await made.cache.hold([fileOf(1, 60)], signal)

  // Room may come before the job's time is over.
  await assert.rejects(made.cache.hold([fileOf(2, 60)], signal), { name: 'RetryableError', reason: 'disk-full' })
  assert.deepEqual(readdirSync(path), ['file1'])
  first.release()
  const second = await made.cache.hold([fileOf(2, 60)], signal)

  assert.deepEqual(readdirSync(path), ['file2'])
  second.release()
})

test('behavior: files found at the start are checked before their first use', async () => {
  const { cache, path } = fakeCache({ maxBytes: 100 })
  const held = await cache.hold([fileOf(1, 30), fileOf(2, 30)], signal)
  held.release()
  writeFileSync(join(path, 'file2'), contentOf(9, 30))
  writeFileSync(join(path, 'file3.part'), 'cut off')

  const reopened = fakeCache({ maxBytes: 100, directory: path })
  const { paths } = await reopened.cache.hold([fileOf(1, 30), fileOf(2, 30)], signal)

  assert.deepEqual(reopened.fetched, ['file2'])
  assert.deepEqual([...readFileSync(paths[1] ?? '')], [...contentOf(2, 30)])
  assert.deepEqual(readdirSync(path).sort(), ['file1', 'file2'])
})

test('error: S2-XFR-1 a file whose digest differs is refused and not kept', async () => {
  const { cache, path } = fakeCache({ maxBytes: 100 })
  const wrong = { ...fileOf(1, 30), sha256: fileOf(2, 30).sha256 }

  await assert.rejects(cache.hold([wrong], signal), { name: 'JobRefusedError', reason: 'model-invalid' })

  assert.deepEqual(readdirSync(path), [])
  assert.equal(cache.bytes(), 0)
})

test('invariant: S0-REL-3 the cache never holds more than its limit, and what is held stays', async () => {
  const step = fc.record({ file: fc.integer({ min: 1, max: 9 }), keep: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { cache, path } = fakeCache({ maxBytes: 100 })
      const kept: { paths: string[]; release: () => void }[] = []
      for (const { file, keep } of steps) {
        const held = await cache.hold([fileOf(file, file * 7)], signal).catch(() => undefined)
        if (held === undefined) kept.shift()?.release()
        else if (keep) kept.push(held)
        else held.release()

        assert.ok(cache.bytes() <= 100 && bytesOnDisk(path) <= 100)
        for (const { paths } of kept) for (const inUse of paths) assert.ok(statSync(inUse).size > 0)
      }
    }),
    { numRuns: 40 },
  )
})
