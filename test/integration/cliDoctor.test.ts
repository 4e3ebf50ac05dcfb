import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { type LocalChain, startLocalChain } from './localChain.ts'
import { runAssay } from './runAssay.ts'

describe('assay doctor', () => {
  const key = generatePrivateKey()
  let chain: LocalChain
  let folder: string
  const path = (name: string) => join(folder, name)
  const doctor = (...args: string[]) =>
    runAssay(['--network', path('network.json'), 'doctor', '--cache', folder, ...args])

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-doctor-'))
    chain = await startLocalChain()
    writeFileSync(path('network.json'), JSON.stringify(chain.network))
    writeFileSync(path('other.json'), JSON.stringify({ ...chain.network, chainId: 5 }))
    const addresses = { ...chain.network.addresses, modelRegistry: chain.network.addresses.workerRegistry }
    writeFileSync(path('swapped.json'), JSON.stringify({ ...chain.network, addresses }))
    writeFileSync(path('key'), key, { mode: 0o600 })
  })

  after(async () => {
    await chain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('behavior: says in one line each that all is well, and never prints the key', async () => {
    const { exitCode, stdout, stderr } = await doctor('--key-file', path('key'))

    assert.equal(exitCode, 0, stdout + stderr)
    const lines = stdout.trimEnd().split('\n')
    const names = ['node', 'prover', 'disk', 'network', 'content', 'gateway', 'key', 'chain', 'contracts', 'clock']
    assert.deepEqual(
      lines.map((line) => line.split(/\s+/).slice(0, 2)),
      names.map((name) => ['✓', name]),
    )
    assert.match(stdout, new RegExp(`${privateKeyToAddress(key)} opens \\(raw in .*, mode 0600\\)`))
    assert.ok(!(stdout + stderr).includes(key.slice(2)))
  })

  it('error: a contract that is another one and a key that is not there fail, in JSON too', async () => {
    const { exitCode, stdout, stderr } = await doctor(
      ...['--json', '--network', path('swapped.json'), '--key-file', path('none')],
    )

    assert.equal(exitCode, 1)
    const report: { ok: boolean; checks: { name: string; ok: boolean }[] } = JSON.parse(stdout)
    const failed = report.checks.filter(({ ok }) => !ok).map(({ name }) => name)
    assert.deepEqual([report.ok, failed], [false, ['key', 'contracts']])
    assert.match(stderr, /^Not all is well \(key, contracts\); [^\n]+\.\n$/)
  })

  it('error: another chain is named, and nothing is said of contracts on it', async () => {
    const { exitCode, stdout } = await doctor('--network', path('other.json'))

    assert.equal(exitCode, 1)
    assert.match(stdout, /✗ chain .* serves chain 31337 and the network file names 5/)
    assert.doesNotMatch(stdout, /contracts|clock/)
  })
})
