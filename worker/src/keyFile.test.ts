import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { KeyFileError, readKeyFile } from './keyFile.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-key-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function write(content: string, mode = 0o600): string {
  const path = join(folder, 'worker.key')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

test('behavior: S0-KEY-2 a key file of mode 0600 is read, with or without 0x', () => {
  const key = generatePrivateKey()

  const withPrefix = readKeyFile(write(`${key}\n`), 31_337)
  const without = readKeyFile(write(key.slice(2)), 1337)

  assert.equal(withPrefix.address, privateKeyToAccount(key).address)
  assert.equal(without.address, withPrefix.address)
})

test('error: S0-KEY-2 a file that others may read is refused', () => {
  for (const mode of [0o644, 0o640, 0o604, 0o620]) {
    const path = write(generatePrivateKey(), mode)

    assert.throws(
      () => readKeyFile(path, 31_337),
      (error: unknown) => error instanceof KeyFileError && error.message.includes('insecure permissions'),
    )
  }
})

test('error: a raw key is refused on chains where money is real', () => {
  assert.throws(() => readKeyFile(write(generatePrivateKey()), 1), { name: 'KeyFileError' })
})

test('error: what is no key is refused, and never repeated in the message', () => {
  const aboveOrder = 'f'.repeat(64)
  for (const content of ['', 'hello', `0x${'0'.repeat(64)}`, aboveOrder, `${generatePrivateKey()}00`]) {
    assert.throws(
      () => readKeyFile(write(content), 31_337),
      (error: unknown) => error instanceof KeyFileError && (content === '' || !error.message.includes(content)),
    )
  }
  assert.throws(() => readKeyFile(join(folder, 'absent'), 31_337), { name: 'KeyFileError' })
})
