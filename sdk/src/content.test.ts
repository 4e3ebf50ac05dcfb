import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { addContent, cidOf, cidToDigest, digestToCid, fetchContent } from './content.ts'
import { importUnixfs } from './unixfs.ts'

const mib = 1_048_576

/** Serves requests on a free port until the test ends. */
async function serve(test: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  test.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A listening TCP server has an address with a port.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A gateway that holds the blocks of some bytes. `edit` may alter what it sends. */
async function serveBlocks(test: TestContext, bytes: Uint8Array, edit = (_cid: string, block: Uint8Array) => block) {
  const blocks = new Map<string, Uint8Array>()
  const root = await importUnixfs(bytes, {
    put: (cid, block) => {
      assert.ok(block instanceof Uint8Array)
      blocks.set(cid.toString(), block)
      return cid
    },
  })
  const requested: string[] = []
  const gatewayUrl = await serve(test, (request, response) => {
    const cid = request.url?.slice('/ipfs/'.length).split('?')[0] ?? ''
    requested.push(cid)
    const block = blocks.get(cid)
    if (block === undefined) response.writeHead(404).end()
    else response.end(edit(cid, block))
  })
  return { gatewayUrl, cid: root.toString(), requested }
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 12)) & 0xff)
}

describe('cidOf', () => {
  it('invariant: golden CIDs of one chunk and of several', async () => {
    assert.equal(
      await cidOf(new TextEncoder().encode('hello world')),
      'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
    )
    assert.equal(
      await cidOf(new Uint8Array(2 * mib + 5)),
      'bafybeics56cicme64dzx23wqvcouzyh44psym74tbvdzrl6rkrnagthr44',
    )
  })

  it('invariant: the digest in an order and the length give the CID back, around the chunk size', async () => {
    for (const length of [1, mib - 1, mib, mib + 1, 3 * mib]) {
      const cid = await cidOf(pattern(length))

      assert.equal(digestToCid(cidToDigest(cid), length), cid)
    }
  })

  it('invariant: one chunk hashed here is one chunk imported', async () => {
    const bytes = pattern(mib)

    assert.equal(await cidOf(bytes), (await importUnixfs(bytes, { put: (cid) => cid })).toString())
  })
})

describe('fetchContent', () => {
  for (const length of [1000, 3 * mib + 7]) {
    it(`behavior: ${length} bytes come back whole`, async (test) => {
      const { gatewayUrl, cid } = await serveBlocks(test, pattern(length))

      assert.deepEqual(await fetchContent({ gatewayUrl, cid, maxBytes: length }), pattern(length))
    })

    it(`soundness: one wrong bit in the last block of ${length} bytes is caught`, async (test) => {
      const { gatewayUrl, cid } = await serveBlocks(test, pattern(length), (_cid, block) =>
        block.length === length % mib ? block.map((byte, index) => (index === 0 ? byte ^ 1 : byte)) : block,
      )

      await assert.rejects(fetchContent({ gatewayUrl, cid, maxBytes: length }), { name: 'ContentMismatchError' })
    })

    it(`error: ${length} bytes are refused where fewer are allowed`, async (test) => {
      const { gatewayUrl, cid } = await serveBlocks(test, pattern(length))

      await assert.rejects(fetchContent({ gatewayUrl, cid, maxBytes: length - 1 }), { name: 'ContentTooLargeError' })
    })
  }

  it('soundness: an endless answer is cut off at the limit', async (test) => {
    const gatewayUrl = await serve(test, (_request, response) => {
      const send = () => {
        while (!response.destroyed && response.write(new Uint8Array(65_536)));
        response.once('drain', send)
      }
      send()
    })
    const cid = await cidOf(pattern(10))

    await assert.rejects(fetchContent({ gatewayUrl, cid, maxBytes: 1000 }), { name: 'ContentTooLargeError' })
  })

  it('error: a missing block and a gateway that is away are unavailable, by URL', async (test) => {
    const { gatewayUrl } = await serveBlocks(test, pattern(10))
    const cid = await cidOf(pattern(11))

    await assert.rejects(fetchContent({ gatewayUrl, cid, maxBytes: 11 }), {
      name: 'ContentUnavailableError',
      url: `${gatewayUrl}/ipfs/${cid}?format=raw`,
    })
    await assert.rejects(fetchContent({ gatewayUrl: 'http://127.0.0.1:1', cid, maxBytes: 11 }), {
      name: 'ContentUnavailableError',
    })
  })

  it('args: text that is no CID of the market is refused before anything is asked', async (test) => {
    const { gatewayUrl, requested } = await serveBlocks(test, pattern(10))

    for (const cid of ['', '../../etc/passwd', 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG']) {
      await assert.rejects(fetchContent({ gatewayUrl, cid, maxBytes: 10 }), { name: 'ContentMismatchError' })
    }
    assert.deepEqual(requested, [])
  })
})

describe('addContent', () => {
  it('soundness: a service that names another CID is not believed', async (test) => {
    const apiUrl = await serve(test, (request, response) => {
      request.resume().on('end', () => response.end('{"Name":"x","Hash":"bafkqaaa","Size":"1"}\n'))
    })

    await assert.rejects(addContent({ apiUrl, bytes: pattern(10) }), {
      name: 'ContentMismatchError',
      actual: 'bafkqaaa',
    })
  })

  it('error: a service that refuses is quoted with its status', async (test) => {
    const apiUrl = await serve(test, (request, response) => {
      request.resume().on('end', () => response.writeHead(413).end('too large'))
    })

    await assert.rejects(addContent({ apiUrl, bytes: pattern(10) }), { name: 'ContentRefusedError', status: 413 })
  })
})
