import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseEnv } from 'node:util'
import { stringify } from 'yaml'
import { ConfigInvalidError, readSettings } from './config.ts'
import { configEnvironment } from './configEnvironment.ts'
import { environmentPrefix } from './configSettings.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay config-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const empty = join(folder, 'empty.yaml')
writeFileSync(empty, '')

const base = { networkFile: 'network.json', keyFile: 'worker.key', dataDir: 'data' }
const full = {
  ...base,
  passphraseFile: 'my $HOME "passphrase" #1',
  chain: { rpcUrls: ['https://a.test/v2/key?x=1&y=2', 'http://b.test'], pollMs: 7 },
  admission: { minPriceWei: '1000000000000000001', models: [`0x${'ab'.repeat(32)}`], proveBeforeClaim: 'always' },
  content: { embedded: { directory: 'content', servePort: 5001 } },
}

function read(values: unknown) {
  const path = join(folder, 'worker.yaml')
  writeFileSync(path, stringify(values))
  return readSettings(path, {})
}

/** The variables as a shell that reads the lines hands them on. */
function shellEnvironment(text: string): Record<string, string> {
  const script = `set -a\n${text}\nenv -0`
  const pairs = execFileSync('/bin/sh', ['-c', script], { env: {}, encoding: 'utf8' }).split('\0')
  const entries = pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
  return Object.fromEntries(entries.filter(([name]) => name?.startsWith(environmentPrefix)))
}

for (const [name, values] of Object.entries({ 'the least': base, 'every kind of value': full })) {
  test(`behavior: S0-CFG-1 the environment of a configuration with ${name} gives the same configuration`, () => {
    const settings = read(values)

    const text = configEnvironment(settings)

    assert.deepEqual(readSettings(empty, parseEnv(text)), settings)
    assert.deepEqual(readSettings(empty, shellEnvironment(text)), settings)
  })
}

test('error: S0-CFG-1 a value that a variable cannot hold is named instead of changed', () => {
  const settings = read({
    ...base,
    passphraseFile: "it's",
    chain: { rpcUrls: ['http://a.test/1,2'] },
  })

  assert.throws(
    () => configEnvironment(settings),
    (error: unknown) => {
      assert.ok(error instanceof ConfigInvalidError)
      assert.deepEqual(
        error.lines.map((line) => line.split(':')[0]),
        ['passphraseFile', 'chain.rpcUrls'],
      )
      return true
    },
  )
})
