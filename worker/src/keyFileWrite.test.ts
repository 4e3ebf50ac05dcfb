import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openKeyFile } from './keyFile.ts'
import { encryptKey } from './keyFileEncrypted.ts'
import { accountOfKey } from './keyFileParse.ts'
import { readPassphrase } from './keyFilePassphrase.ts'
import { exportV3 } from './keyFileV3.ts'
import { writeKeyFile } from './keyFileWrite.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-keys-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

test('behavior: S0-KEY-2 a new key file has mode 600 in a folder of mode 700', () => {
  const path = join(folder, 'fresh', 'worker.json')

  writeKeyFile({ path, text: 'one' })

  assert.equal(modeOf(path), '600')
  assert.equal(modeOf(join(folder, 'fresh')), '700')
  assert.deepEqual(readdirSync(join(folder, 'fresh')), ['worker.json'])
})

test('error: S0-KEY-6 an existing key is never overwritten', () => {
  const path = join(folder, 'kept', 'worker.json')
  writeKeyFile({ path, text: 'one' })

  assert.throws(() => writeKeyFile({ path, text: 'two' }), { name: 'KeyFileError', path })

  assert.equal(readFileSync(path, 'utf8'), 'one')
  assert.deepEqual(readdirSync(join(folder, 'kept')), ['worker.json'])
})

test('behavior: S0-KEY-6 a replaced key is kept beside the new one', () => {
  const path = join(folder, 'replaced', 'worker.json')
  writeKeyFile({ path, text: 'one' })

  const { backup } = writeKeyFile({ path, text: 'two' }, { replace: true, now: 7 })

  assert.equal(backup, `${path}.bak-7`)
  assert.equal(readFileSync(`${path}.bak-7`, 'utf8'), 'one')
  assert.equal(readFileSync(path, 'utf8'), 'two')
  assert.throws(() => writeKeyFile({ path, text: 'three' }, { replace: true, now: 7 }), { name: 'KeyFileError' })
  assert.equal(readFileSync(path, 'utf8'), 'two')
})

test('behavior: S0-KEY-3 a passphrase comes from a file, a descriptor or a systemd credential', () => {
  const file = join(folder, 'passphrase')
  writeFileSync(file, 'correct horse\n', { mode: 0o600 })

  const all = [
    readPassphrase({ file }),
    readPassphrase({ descriptor: openSync(file, 'r') }),
    readPassphrase({ credential: 'passphrase' }, { CREDENTIALS_DIRECTORY: folder }),
  ]

  for (const passphrase of all) assert.equal(Buffer.from(passphrase).toString(), 'correct horse')
})

test('behavior: S0-KEY-3 a credential that systemd opens by an ACL is read, and one that others may read is not', () => {
  const path = join(folder, 'credential')
  writeFileSync(path, 'correct horse')
  const environment = { CREDENTIALS_DIRECTORY: folder }

  chmodSync(path, 0o440)
  assert.equal(Buffer.from(readPassphrase({ credential: 'credential' }, environment)).toString(), 'correct horse')
  assert.throws(() => readPassphrase({ file: path }), { name: 'KeyFileError' })
  chmodSync(path, 0o444)
  assert.throws(() => readPassphrase({ credential: 'credential' }, environment), { name: 'KeyFileError' })
})

test('error: S0-KEY-2 a passphrase that others may read, or that is empty or absent, is refused', () => {
  const file = join(folder, 'open')
  writeFileSync(file, 'secret')
  chmodSync(file, 0o644)
  const empty = join(folder, 'empty')
  writeFileSync(empty, '\n', { mode: 0o600 })

  assert.throws(() => readPassphrase({ file }), /insecure permissions 0644/)
  assert.throws(() => readPassphrase({ file: empty }), { name: 'KeyFileError' })
  assert.throws(() => readPassphrase({ file: join(folder, 'absent') }), { name: 'KeyFileError' })
  assert.throws(() => readPassphrase({ descriptor: 9999 }), { name: 'KeyFileError' })
  assert.throws(() => readPassphrase({ credential: 'passphrase' }, {}), { name: 'KeyFileError' })
  assert.throws(() => readPassphrase({ credential: '../x' }, { CREDENTIALS_DIRECTORY: folder }), {
    name: 'KeyFileError',
  })
})

test('behavior: S2-KEY-4 a key file is opened whichever keystore it holds, on any chain', async () => {
  const key = randomBytes(32)
  const passphrase = () => Buffer.from('correct horse')
  const own = await encryptKey({ key, passphrase: passphrase() }, { cost: { memoryKiB: 19_456, passes: 1, lanes: 1 } })
  const web3 = await exportV3({ key, passphrase: passphrase() }, { n: 1024 })
  const path = join(folder, 'opened', 'worker.json')

  for (const text of [JSON.stringify(own), web3]) {
    writeKeyFile({ path, text }, { replace: true })
    const { address } = await openKeyFile(path, { chainId: 1, passphrase })

    assert.equal(address, accountOfKey(key).address)
  }
  await assert.rejects(openKeyFile(path, { chainId: 1 }), { name: 'KeyFileError', path })
})
