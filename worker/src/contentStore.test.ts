import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { create } from 'kubo-rpc-client'
import { base32upper } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'
import { type ContentStore, startContentStore } from './contentStore.ts'

const directory = await mkdtemp(join(tmpdir(), 'assay-content-'))
const store: ContentStore = await startContentStore({ directory, port: 0, maxAddBytes: 4 * 1024 * 1024 })
const kubo = create({ url: store.apiUrl })
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const addOptions = { cidVersion: 1, rawLeaves: true, chunker: 'size-1048576' } as const

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of source) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function messageOf(response: Response): Promise<string> {
  // The service answers each failure with this shape.
  const body = (await response.json()) as { Message: string }
  return body.Message
}

/** Path of a block on disk, found by its name so that the test does not depend on how blocks are spread over folders. */
async function blockPath(cid: CID): Promise<string> {
  const names = await readdir(join(directory, 'blocks'), { recursive: true })
  const found = names.find((name) => name.includes(base32upper.encode(cid.multihash.bytes)))
  assert.ok(found !== undefined, `no file for ${cid}`)
  return join(directory, 'blocks', found)
}

test('behavior: kubo-rpc-client reads version and id', async () => {
  const version = await kubo.version()
  const id = await kubo.id()

  assert.equal(version.version, '0.1.0')
  assert.match(id.id.toString(), /^12D3Koo/)
})

test('behavior: content of one chunk is a raw block, and comes back as it went in', async () => {
  const bytes = randomBytes(1000)

  const { cid, size } = await kubo.add(bytes, addOptions)

  assert.equal(cid.code, 0x55)
  assert.equal(size, 1000)
  assert.deepEqual(await collect(kubo.cat(cid)), bytes)
  assert.deepEqual(Buffer.from(await kubo.block.get(cid)), bytes)
})

test('behavior: content of several chunks has a dag-pb root, and any range of it can be read', async () => {
  const bytes = randomBytes(2_500_000)

  const { cid } = await kubo.add(bytes, addOptions)

  assert.equal(cid.code, 0x70)
  assert.deepEqual(await collect(kubo.cat(cid)), bytes)
  assert.deepEqual(
    await collect(kubo.cat(cid, { offset: 1_048_000, length: 2000 })),
    bytes.subarray(1_048_000, 1_050_000),
  )
  assert.deepEqual(await collect(kubo.cat(cid, { offset: 9_000_000 })), Buffer.alloc(0))
})

test('behavior: empty content is a file too', async () => {
  const { cid } = await kubo.add(new Uint8Array(), addOptions)

  const response = await fetch(`${store.gatewayUrl}/ipfs/${cid}`)

  assert.equal(response.status, 200)
  assert.equal((await response.arrayBuffer()).byteLength, 0)
})

test('behavior: the gateway serves one block with format=raw and the whole file without', async () => {
  const bytes = randomBytes(1_500_000)
  const { cid } = await kubo.add(bytes, addOptions)

  const block = await fetch(`${store.gatewayUrl}/ipfs/${cid}?format=raw`)
  const file = await fetch(`${store.gatewayUrl}/ipfs/${cid}`)
  const head = await fetch(`${store.gatewayUrl}/ipfs/${cid}`, { method: 'HEAD' })

  assert.equal(block.headers.get('content-type'), 'application/vnd.ipld.raw')
  assert.deepEqual(Buffer.from(await block.arrayBuffer()), Buffer.from(await kubo.block.get(cid)))
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), bytes)
  assert.equal(head.headers.get('content-length'), '1500000')
})

test('behavior: a block can be put with the CID it must have, and pinned', async () => {
  const bytes = randomBytes(100)
  const cid = await kubo.block.put(bytes, { format: 'raw', mhtype: 'sha2-256', version: 1 })

  await kubo.pin.add(cid)

  const pins: string[] = []
  for await (const pin of kubo.pin.ls()) pins.push(pin.cid.toString())
  assert.ok(pins.includes(cid.toString()))
})

test('error: S2-XFR-1 a put block that is not what its CID names is refused', async () => {
  const { cid } = await kubo.add('wanted', addOptions)
  const body = new FormData()
  body.append('data', new Blob(['other']))

  const response = await fetch(`${store.apiUrl}/api/v0/block/put?cid=${cid}`, { method: 'POST', body })

  assert.equal(response.status, 400)
  assert.match(await messageOf(response), new RegExp(`not ${cid}`))
})

test('error: S2-XFR-1 a block that changed on disk is not served', async () => {
  const { cid } = await kubo.add(randomBytes(500), addOptions)
  const path = await blockPath(cid)
  const stored = await readFile(path)
  stored[7] = (stored[7] ?? 0) ^ 1
  await writeFile(path, stored)

  const raw = await fetch(`${store.gatewayUrl}/ipfs/${cid}?format=raw`)
  const file = await fetch(`${store.gatewayUrl}/ipfs/${cid}`)

  assert.equal(raw.status, 502)
  assert.match(await messageOf(raw), /do not match their hash/)
  assert.equal(file.status, 502)
  await assert.rejects(kubo.pin.add(cid), /do not match their hash/)
})

test('error: S2-XFR-1 a file whose second chunk changed on disk breaks off instead of ending', async () => {
  const { cid } = await kubo.add(randomBytes(2_500_000), addOptions)
  const root = await kubo.block.get(cid)
  // The root lists its leaves; the second link's CID stands behind the first one's 36 bytes.
  const leaves: CID[] = []
  for (let at = 0; at < root.length - 36; at++) {
    if (root[at] === 0x01 && root[at + 1] === 0x55 && root[at + 2] === 0x12 && root[at + 3] === 0x20) {
      leaves.push(CID.decode(root.subarray(at, at + 36)))
    }
  }
  const second = leaves[1]
  assert.ok(second !== undefined)
  await writeFile(await blockPath(second), 'changed')

  await assert.rejects(async () => (await fetch(`${store.gatewayUrl}/ipfs/${cid}`)).arrayBuffer())
})

test('error: missing content is answered with 404 and one sentence', async () => {
  const missing = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'

  const raw = await fetch(`${store.gatewayUrl}/ipfs/${missing}?format=raw`)
  const file = await fetch(`${store.gatewayUrl}/ipfs/${missing}`)
  const cat = await fetch(`${store.apiUrl}/api/v0/cat?arg=${missing}`, { method: 'POST' })

  for (const response of [raw, file, cat]) {
    assert.equal(response.status, 404)
    assert.equal(
      await messageOf(response),
      `This store does not hold ${missing}; add the content first, or ask a node that has it.`,
    )
  }
})

test('error: what is no CID is answered with 400', async () => {
  for (const text of ['hello', 'bafybeigdyr', '..%2F..%2Fetc%2Fpasswd']) {
    const response = await fetch(`${store.gatewayUrl}/ipfs/${text}`)

    assert.equal(response.status, 400)
    assert.match(await messageOf(response), /is not a CID/)
  }
})

test('error: content over the limit is refused whether or not its length was announced, and leaves no block', async () => {
  const before = (await readdir(join(directory, 'blocks'), { recursive: true })).length

  await assert.rejects(
    kubo.add(randomBytes(5 * 1024 * 1024), addOptions),
    /larger than 4194304 bytes|ECONNRESET|EPIPE|aborted/,
  )
  const announced = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      `${store.apiUrl}/api/v0/add`,
      {
        method: 'POST',
        headers: { 'Content-Type': 'multipart/form-data; boundary=x', 'Content-Length': 1_000_000_000 },
      },
      (response) => resolve(response.statusCode),
    )
    sent.on('error', reject)
    sent.flushHeaders()
  })

  assert.equal(announced, 413)
  assert.equal((await readdir(join(directory, 'blocks'), { recursive: true })).length, before)
  assert.deepEqual(await readdir(join(directory, 'incoming')), [])
})

test('error: options that would give another CID are refused', async () => {
  await assert.rejects(kubo.add('x', { cidVersion: 1, chunker: 'size-262144' }), /size-1048576/)
  await assert.rejects(kubo.add('x', { cidVersion: 0 }), /cid-version/)
})

test('soundness: pages from elsewhere, and names rebound to this machine, are refused', async () => {
  const local = await fetch(`${store.apiUrl}/api/v0/version`, {
    method: 'POST',
    headers: { Origin: 'http://localhost:3000' },
  })
  const foreign = await fetch(`${store.apiUrl}/api/v0/version`, {
    method: 'POST',
    headers: { Origin: 'https://evil.example' },
  })
  const rebound = await new Promise<number | undefined>((resolve, reject) => {
    request(`${store.apiUrl}/api/v0/version`, { method: 'POST', headers: { Host: 'evil.example' } }, (response) =>
      resolve(response.statusCode),
    )
      .on('error', reject)
      .end()
  })

  assert.equal(local.headers.get('access-control-allow-origin'), 'http://localhost:3000')
  assert.equal(foreign.status, 403)
  assert.equal(foreign.headers.get('access-control-allow-origin'), null)
  assert.equal(rebound, 403)
})

test('error: a taken port is named', async () => {
  const port = Number(new URL(store.apiUrl).port)

  await assert.rejects(startContentStore({ directory, port }), { name: 'PortInUseError', port })
})
