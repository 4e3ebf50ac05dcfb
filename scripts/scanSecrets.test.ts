import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { developmentMnemonic } from '@assay/sdk/developmentAccounts'
import { bytesToHex, type Hex } from 'viem'
import { english, generateMnemonic, generatePrivateKey, mnemonicToAccount } from 'viem/accounts'

const script = path.join(import.meta.dirname, 'scanSecrets.ts')

describe('npm run scan:secrets', () => {
  let root: string
  const folders: string[] = []

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'assay-scan-'))
    folders.push(root)
    execFileSync('git', ['init', '-q', root])
  })

  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  const pem = String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const planted: Record<string, string> = {
    'a private key in hex': `export const privateKey = '${generatePrivateKey()}'`,
    'one without 0x in an environment file': `ASSAY_PRIVATE_KEY=${generatePrivateKey().slice(2)}`,
    'one on the line after its name': `signerKey:\n  "${generatePrivateKey().slice(2).toUpperCase()}"`,
    'a private key in PEM': pem,
    'a mnemonic': `const words = '${generateMnemonic(english)}'`,
    'a mnemonic as a list': JSON.stringify(generateMnemonic(english).split(' ')),
    'a secret key of age': `AGE-SECRET-KEY-1${'QPZRY9X8GF'.repeat(6).slice(0, 58)}`,
  }
  for (const [what, text] of Object.entries(planted)) {
    it(`error: S0-KEY-1 ${what} is found, its line named and not repeated`, () => {
      writeFileSync(path.join(root, 'planted.txt'), `first line\n${text}\n`)

      const { status, stdout, stderr } = scan(root)

      assert.equal(status, 1)
      assert.match(stderr, /^planted\.txt:[23]: /)
      const secret = /[0-9a-fA-F]{64}/.exec(text)?.[0]
      assert.ok(secret === undefined || !(stdout + stderr).includes(secret))
    })
  }

  it("behavior: S0-KEY-1 the public keys of Hardhat's chain, hashes and ignored files pass", () => {
    const { privateKey } = mnemonicToAccount(developmentMnemonic, { addressIndex: 7 }).getHdKey()
    const harmless: Hex[] = [bytesToHex(privateKey ?? new Uint8Array()), `0x${'f'.repeat(64)}`, `0x${'0'.repeat(64)}`]
    writeFileSync(path.join(root, 'keys.ts'), `const keys = ['${developmentMnemonic}', '${harmless.join("', '")}']\n`)
    writeFileSync(path.join(root, 'hash.ts'), `const graphId = '${generatePrivateKey()}'\n`)
    writeFileSync(path.join(root, '.gitignore'), '.env\n')
    writeFileSync(path.join(root, '.env'), `PRIVATE_KEY=${generatePrivateKey()}\n`)

    const { status, stdout, stderr } = scan(root)

    assert.equal(status, 0, stderr)
    assert.match(stdout, /^3 files scanned, 0 secrets found$/m)
  })

  it('behavior: S0-KEY-1 this repository holds no key', () => {
    const { status, stderr } = scan(path.resolve(import.meta.dirname, '..'))

    assert.equal(status, 0, stderr)
  })

  it('error: S0-KEY-1 a folder that is no checkout is not called clean', () => {
    rmSync(path.join(root, '.git'), { recursive: true })

    const { status, stderr } = scan(root)

    assert.equal(status, 1)
    assert.match(stderr, /^git cannot list the files of /)
  })

  function scan(folder: string) {
    return spawnSync(process.execPath, [script, '--root', folder], { encoding: 'utf8' })
  }
})
