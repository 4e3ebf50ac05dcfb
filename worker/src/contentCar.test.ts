import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { addFiles } from '@assay/sdk/addFiles'
import { cidOf } from '@assay/sdk/content'
import { importUnixfs } from '@assay/sdk/unixfs'
import { CarWriter } from '@ipld/car/writer'
import { create } from 'kubo-rpc-client'
import type { CID } from 'multiformats/cid'
import { startContentStore } from './contentStore.ts'

const directory = await mkdtemp(join(tmpdir(), 'assay-car-'))
const store = await startContentStore({ directory, port: 0, maxAddBytes: 2 * 1024 * 1024 })
const kubo = create({ url: store.apiUrl })
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

type Block = { cid: CID; bytes: Uint8Array }

async function blocksOf(file: Uint8Array): Promise<Block[]> {
  const blocks: Block[] = []
  await importUnixfs(file, {
    put: (cid, bytes) => {
      assert.ok(bytes instanceof Uint8Array)
      blocks.push({ cid, bytes })
      return cid
    },
  })
  return blocks
}

async function carOf(roots: CID[], blocks: Block[]): Promise<Uint8Array> {
  const { writer, out } = CarWriter.create(roots)
  const write = async () => {
    for (const block of blocks) await writer.put(block)
    await writer.close()
  }
  const [, bytes] = await Promise.all([write(), Array.fromAsync(out)])
  return Buffer.concat(bytes)
}

async function importBytes(bytes: Uint8Array): Promise<{ status: number; message: string }> {
  const form = new FormData()
  form.append('path', new Blob([bytes as Uint8Array<ArrayBuffer>]))
  const response = await fetch(`${store.apiUrl}/api/v0/dag/import`, { method: 'POST', body: form })
  return { status: response.status, message: await response.text() }
}

async function pinned(): Promise<string[]> {
  return (await Array.fromAsync(kubo.pin.ls())).map(({ cid }) => cid.toString())
}

test('behavior: files sent as one CAR come back, pinned, under the CIDs that they have one by one', async () => {
  const files = [randomBytes(1000), randomBytes(2_500_000), new Uint8Array(3)]
  const shares: number[] = []

  const cids = await addFiles({ apiUrl: store.apiUrl, files, onShare: (share) => shares.push(share) })

  assert.deepEqual(cids, await Promise.all(files.map(cidOf)))
  for (const [index, cid] of cids.entries()) {
    const response = await fetch(`${store.gatewayUrl}/ipfs/${cid}`)
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), new Uint8Array(files[index] ?? []))
  }
  assert.ok(cids.every((cid) => cid !== ''))
  assert.equal((await pinned()).filter((cid) => cids.includes(cid)).length, 3)
  assert.equal(shares.at(-1), 1)
  assert.deepEqual(await addFiles({ apiUrl: store.apiUrl, files }), cids, 'sent again, as browsers send it')
})

test('behavior: kubo-rpc-client imports a CAR and reads its roots', async () => {
  const blocks = await blocksOf(randomBytes(1_500_000))
  const root = blocks.at(-1)?.cid ?? assert.fail('no root')

  const imported = await Array.fromAsync(kubo.dag.import([await carOf([root], blocks)]))

  assert.deepEqual(
    imported.map((line) => [line.root?.cid.toString(), line.root?.pinErrorMsg]),
    [[root.toString(), '']],
  )
})

test('error: S2-XFR-1 a CAR whose block is not what its CID names, that is cut, or lacks a block is refused and not pinned', async () => {
  const blocks = await blocksOf(randomBytes(1_500_000))
  const root = blocks.at(-1)?.cid ?? assert.fail('no root')
  const altered = blocks.map(({ cid, bytes }) => ({ cid, bytes: bytes.with(7, (bytes[7] ?? 0) ^ 1) }))
  const whole = await carOf([root], blocks)
  const other = await blocksOf(randomBytes(1_500_000))
  const otherRoot = other.at(-1)?.cid ?? assert.fail('no root')

  const refused = [
    [await importBytes(await carOf([root], altered)), 400, /The block's CID is .*, not /],
    [await importBytes(whole.subarray(0, whole.length - 9)), 400, /no whole CAR/],
    [await importBytes(randomBytes(400)), 400, /no whole CAR/],
    [await importBytes(await carOf([otherRoot], other.slice(1))), 404, /does not hold/],
    [await importBytes(await carOf([], blocks)), 400, /no CAR with roots/],
    [await importBytes(await carOf([root], await blocksOf(randomBytes(9_000_000)))), 413, /larger than/],
  ] as const

  for (const [{ status, message }, code, sentence] of refused) {
    assert.equal(status, code, message)
    assert.match(message, sentence)
  }
  const kept = await pinned()
  for (const cid of [root, otherRoot]) assert.ok(!kept.includes(cid.toString()))
})
