import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonTextError, readText, sourceOfFile } from './inputFiles.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

test('behavior: pasted text is JSON where it begins like it, and CSV otherwise', () => {
  assert.deepEqual(readText(' [1, 2] '), { json: [1, 2] })
  assert.deepEqual(readText('1, 2'), { csv: '1, 2' })
  assert.equal(readText('  '), undefined)
})

test('behavior: a file is read by its name’s ending, and is an image otherwise', () => {
  const bytes = bytesOf('[1]')
  assert.deepEqual(sourceOfFile({ name: 'A.JSON', bytes }), { json: [1] })
  assert.deepEqual(sourceOfFile({ name: 'a.npy', bytes }), { npy: bytes })
  assert.deepEqual(sourceOfFile({ name: 'a.csv', bytes: bytesOf('1,2') }), { csv: '1,2' })
  assert.deepEqual(sourceOfFile({ name: 'photo', bytes }), { image: bytes, resize: 'area' })
})

test('error: text that only begins like JSON is said to be none', () => {
  assert.throws(() => readText('[1, 2'), JsonTextError)
})
