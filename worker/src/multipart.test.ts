import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundaryOf, readParts } from './multipart.ts'

async function* inPieces(body: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(body, 'latin1')
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function readAll(body: string, size: number): Promise<{ name: string | undefined; content: string }[]> {
  const parts: { name: string | undefined; content: string }[] = []
  for await (const part of readParts(inPieces(body, size), 'b')) {
    let content = ''
    for await (const piece of part.content) content += Buffer.from(piece).toString('latin1')
    parts.push({ name: part.headers.get('x'), content })
  }
  return parts
}

test('args: the boundary is read with and without quotes', () => {
  assert.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc')
  assert.equal(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b"'), 'a b')
})

test('error: another content type is refused', () => {
  assert.throws(() => boundaryOf('application/json'), { name: 'MultipartError' })
  assert.throws(() => boundaryOf(undefined), { name: 'MultipartError' })
})

test('invariant: parts are the same however the body is cut', async () => {
  const body = '--b\r\nX: 1\r\n\r\none\r\n--\r\n-b\r\n--b\r\nX: 2\r\n\r\n\r\n--b\r\nX: 3\r\n\r\n\r\n\r\n\r\n--b--\r\n'
  const expected = [
    { name: '1', content: 'one\r\n--\r\n-b' },
    { name: '2', content: '' },
    { name: '3', content: '\r\n\r\n' },
  ]

  for (let size = 1; size <= body.length; size++)
    assert.deepEqual(await readAll(body, size), expected, `pieces of ${size}`)
})

test('behavior: a part that nobody reads is skipped', async () => {
  const names: (string | undefined)[] = []

  for await (const part of readParts(inPieces('--b\r\nX: 1\r\n\r\none\r\n--b\r\nX: 2\r\n\r\ntwo\r\n--b--', 4), 'b')) {
    names.push(part.headers.get('x'))
  }

  assert.deepEqual(names, ['1', '2'])
})

test('error: a body that ends early, or has endless headers, is refused', async () => {
  await assert.rejects(readAll('--b\r\nX: 1\r\n\r\none', 5), { name: 'MultipartError' })
  await assert.rejects(readAll('nothing here', 5), { name: 'MultipartError' })
  await assert.rejects(readAll(`--b\r\nX: ${'1'.repeat(40_000)}`, 4096), { name: 'MultipartError' })
  await assert.rejects(readAll('x'.repeat(40_000), 4096), { name: 'MultipartError' })
})
