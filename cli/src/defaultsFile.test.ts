import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { defaultsPath } from './defaultsFile.ts'
import { chooseAccount } from './openAccount.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-defaults-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'assay', 'config.json')
beforeEach(() => rmSync(join(folder, 'assay'), { recursive: true, force: true }))
const bin = fileURLToPath(new URL('../bin/assay.mjs', import.meta.url))

function assay(args: string[], environment: NodeJS.Dict<string> = {}) {
  const env = { PATH: process.env.PATH, XDG_CONFIG_HOME: folder, ...environment }
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { env, encoding: 'utf8', cwd: folder })
  return { status, stdout, stderr }
}

const shown = (args: string[], environment: NodeJS.Dict<string> = {}) => {
  const { settings } = JSON.parse(assay(['--json', ...args, 'config', 'show'], environment).stdout)
  return (name: string) => {
    const { value, from } = settings.find(({ setting }: { setting: string }) => setting === name)
    return [value, from]
  }
}

test('behavior: S0-CFG-1 a flag counts before the environment, that before the file, and that before what is built in', () => {
  assert.equal(assay(['config', 'set', 'rpc', 'http://127.0.0.1:1/']).status, 0)
  assert.equal(assay(['config', 'set', 'dev-account', '7']).status, 0)

  assert.deepEqual(shown([])('rpc'), ['http://127.0.0.1:1', 'file'])
  assert.deepEqual(shown([])('dev-account'), [7, 'file'])
  assert.deepEqual(shown([], { ASSAY_RPC: 'http://127.0.0.1:2' })('rpc'), ['http://127.0.0.1:2', 'environment'])
  const both = shown(['--rpc', 'http://127.0.0.1:3'], { ASSAY_RPC: 'http://127.0.0.1:2' })
  assert.deepEqual(both('rpc'), ['http://127.0.0.1:3', 'flag'])
  assert.deepEqual(both('network'), ['.devnet/network.json', 'default'])
})

test('behavior: what is kept is used by commands, is of its user alone, and is gone when it is unset', () => {
  const network = {
    ...{ name: 'x', chainId: 31_337, rpcUrl: 'http://127.0.0.1:1', contentApiUrl: 'http://127.0.0.1:1' },
    ...{ gatewayUrl: 'http://127.0.0.1:1', appUrl: 'http://127.0.0.1:1', deploymentBlock: 0 },
    addresses: Object.fromEntries(
      ['jobMarket', 'modelRegistry', 'workerRegistry', 'proofVerifier', 'proofAssurance'].map((name) => [
        name,
        `0x${'00'.repeat(20)}`,
      ]),
    ),
  }
  writeFileSync(join(folder, 'network.json'), JSON.stringify(network))

  assay(['config', 'set', 'network', 'network.json'])
  assay(['config', 'set', 'rpc', 'http://127.0.0.1:2'])
  const listed = assay(['model', 'list'])
  const got = assay(['config', 'get', 'network'])
  const unset = assay(['config', 'unset', 'rpc'])

  assert.match(listed.stderr, /The chain at http:\/\/127\.0\.0\.1:2 does not answer/)
  assert.equal(got.stdout, `${join(folder, 'network.json')}\n`)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(unset.status, 0)
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(file, 'utf8'))), ['network'])
})

test('error: a value that its option refuses is not kept, and an unknown setting is wrong usage', () => {
  const wrong = assay(['config', 'set', 'rpc', 'ftp://x'])
  const unknown = assay(['config', 'set', 'colour', 'red'])
  const missing = assay(['config', 'get', 'key-file'])

  assert.deepEqual([wrong.status, unknown.status, missing.status], [2, 2, 1])
  assert.match(wrong.stderr, /rpc does not take 'ftp:\/\/x'. Write a URL/)
  assert.match(unknown.stderr, /Settings are network, rpc, ipfs, gateway, key-file/)
  assert.match(missing.stderr, /key-file has no value/)
  assert.deepEqual(shown([])('rpc'), [undefined, undefined])
})

test('error: S0-CFG-1 a wrong file ends every command with 78 and one sentence, and unset puts it right', () => {
  mkdirSync(join(folder, 'assay'), { recursive: true })
  for (const [text, sentence] of [
    ['not json', /it is no JSON object of names and texts/],
    ['{"colour":"red"}', /no option is called colour/],
    ['{"dev-account":"99"}', /dev-account is "99": Write a whole number from 0 to 19/],
  ] as const) {
    writeFileSync(file, text)
    const { status, stderr } = assay(['model', 'list'])
    assert.equal(status, 78, stderr)
    assert.match(stderr, sentence)
    assert.match(stderr, /^[^\n]+\.\n$/)
  }
  assert.equal(assay(['config', 'unset', 'dev-account']).status, 0)
  assert.doesNotMatch(assay(['model', 'list']).stderr, /defaults/)
})

test('behavior: the file is where the XDG specification says, which does not take relative paths', () => {
  assert.equal(defaultsPath({ XDG_CONFIG_HOME: '/x' }), '/x/assay/config.json')
  assert.match(defaultsPath({ XDG_CONFIG_HOME: 'x' }), /\/\.config\/assay\/config\.json$/)
})

test('behavior: S0-KEY-3 an account that is typed counts before one that is kept, with what belongs to it', () => {
  const kept = { keyFile: 'kept.json', keyPassphraseFile: 'kept' }
  const choose = (typed: object) => chooseAccount({ ...kept, ...typed }, (name) => (name in typed ? 'cli' : 'config'))

  assert.deepEqual(choose({}), kept)
  assert.deepEqual(choose({ devAccount: 1 }), { devAccount: 1 })
  assert.deepEqual(choose({ keyPassphraseFd: 3 }), { keyFile: 'kept.json', keyPassphraseFd: 3 })
  assert.deepEqual(choose({ keyFile: 'mine.json' }), { keyFile: 'mine.json' })
})
