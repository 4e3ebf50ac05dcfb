import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createSoftHsm } from '@assay/worker/softHsm'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

const bin = fileURLToPath(new URL('../bin/assay.mjs', import.meta.url))

describe('assay worker key', () => {
  let home: string
  let passphraseFile: string
  let first: string
  const path = (...names: string[]) => join(home, ...names)
  const keyFile = () => path('.assay', 'keys', 'worker.json')
  const withPassphrase = () => ['--passphrase-file', passphraseFile]

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'assay-key-commands-'))
    passphraseFile = path('passphrase')
    writeFileSync(passphraseFile, 'correct horse battery\n', { mode: 0o600 })
    first = await address(['new', ...withPassphrase()])
  })

  after(() => rmSync(home, { recursive: true, force: true }))

  it('behavior: S0-KEY-2 a new key lies in ~/.assay/keys, a folder of mode 0700, in a file of mode 0600', () => {
    assert.equal(modeOf(path('.assay', 'keys')), '700')
    assert.equal(modeOf(keyFile()), '600')
  })

  it('behavior: S2-KEY-4 inspect names argon2id and AES-256-GCM without a passphrase, and opens the file with one', async () => {
    const descriptor = openSync(passphraseFile, 'r')
    const { stdout } = await run(['inspect'])
    const checked = await run(['--json', 'inspect', '--check', '--passphrase-fd', '3'], descriptor)
    closeSync(descriptor)

    assert.match(stdout, /^kdf +argon2id$/m)
    assert.match(stdout, /^cipher +aes-256-gcm$/m)
    const report = JSON.parse(checked.stdout)
    assert.deepEqual(
      [report.address, report.opens, report.kdf, report.cipher, report.mode, report.ageDays],
      [first, first, 'argon2id', 'aes-256-gcm', '0600', 0],
    )
  })

  it('error: S0-KEY-6 a key is not overwritten, and with --replace it is kept', async () => {
    const out = path('replaced', 'worker.json')
    await address(['new', '--out', out, ...withPassphrase()])
    const former = readFileSync(out, 'utf8')

    await refused(['new', '--out', out, ...withPassphrase()], /exists already and was not overwritten/)
    assert.equal(readFileSync(out, 'utf8'), former)
    const { backup } = JSON.parse((await run(['--json', 'new', '--out', out, '--replace', ...withPassphrase()])).stdout)

    assert.equal(readFileSync(backup, 'utf8'), former)
    assert.notEqual(readFileSync(out, 'utf8'), former)
  })

  it('error: S0-KEY-2 no key is written into a folder that others may open, whose mode is left alone', async () => {
    mkdirSync(path('open'))
    chmodSync(path('open'), 0o755)

    await refused(['new', '--out', path('open', 'worker.json'), ...withPassphrase()], /folder of mode 0755/)

    assert.equal(modeOf(path('open')), '755')
    assert.deepEqual(readdirSync(path('open')), [])
  })

  it('error: S2-KEY-4 a passphrase that is short, wrong, open to others or not given is one sentence', async () => {
    const [short, wrong, open] = ['short', 'wrong', 'readable'].map((name) => path(name))
    assert.ok(short && wrong && open)
    writeFileSync(short, 'horse', { mode: 0o600 })
    writeFileSync(wrong, 'incorrect horse battery', { mode: 0o600 })
    writeFileSync(open, 'correct horse battery')
    chmodSync(open, 0o644)
    const out = ['--out', path('none', 'worker.json')]

    await refused(['new', ...out, '--passphrase-file', short], /has 5 bytes; a new keystore takes at least 12/)
    await refused(['inspect', '--check', '--passphrase-file', wrong], /does not open the keystore/)
    await refused(['new', ...out, '--passphrase-file', open], /insecure permissions 0644/)
    await refused(['new', ...out], /no terminal to ask/)
    const both = await run(['new', ...out, ...withPassphrase(), '--passphrase-fd', '3'])
    assert.equal(both.exitCode, 2)
  })

  it('behavior: S2-KEY-4 a raw key and a Web3 keystore are imported, and their source is left alone', async () => {
    const key = generatePrivateKey()
    const own = privateKeyToAccount(key).address
    const raw = path('raw.key')
    writeFileSync(raw, key, { mode: 0o600 })

    await refused(['import', raw, '--out', path('missing', 'a.json')], /no terminal to ask/)
    const fromRaw = await address(['import', raw, '--out', path('imported', 'a.json'), ...withPassphrase()])
    const exported = await run([
      ...['--json', 'backup', path('imported', 'a.json'), '--web3', '--out', path('wallet')],
      ...withPassphrase(),
    ])
    const [web3] = JSON.parse(exported.stdout).files
    const fromWeb3 = await address([
      ...['import', web3, '--source-passphrase-file', passphraseFile, '--out', path('imported', 'b.json')],
      ...withPassphrase(),
    ])

    assert.deepEqual([fromRaw, fromWeb3], [own, own])
    assert.equal(JSON.parse(readFileSync(web3, 'utf8')).crypto.kdf, 'scrypt')
    assert.equal(readFileSync(raw, 'utf8'), key)
    assert.ok(!readFileSync(path('imported', 'b.json'), 'utf8').includes(key.slice(2)))
  })

  it('behavior: S2-KEY-5 any two of three shares restore the key, one does not', async () => {
    const { stdout } = await run(['--json', 'backup', '--split', '2of3', '--out', path('shares'), ...withPassphrase()])
    const shares: string[] = JSON.parse(stdout).files
    const [one, two, three] = shares
    assert.ok(one && two && three && shares.length === 3)

    for (const [index, pair] of [
      [one, two],
      [two, three],
      [three, one],
    ].entries()) {
      const out = path(`restored${index}`, 'worker.json')
      assert.equal(await address(['restore', ...pair, '--out', out, ...withPassphrase()]), first)
    }
    assert.equal(modeOf(path('shares')), '700')
    for (const share of shares) assert.equal(modeOf(share), '600')
    const out = path('lost', 'worker.json')
    await refused(['restore', one, '--out', out, ...withPassphrase()], /there are 1, needed are 2/)
    const unfit = await run(['backup', '--split', '4of3', '--out', path('unfit'), ...withPassphrase()])
    assert.equal(unfit.exitCode, 2)
  })

  it('behavior: S2-KEY-5 backup --to age1… --split 2of3: any two shares and the identity restore the key', async () => {
    const secrets = await Promise.all([1, 2, 3].map(generateX25519Identity))
    const recipients = await Promise.all(secrets.map(identityToRecipient))
    const identity = path('age.key')
    writeFileSync(identity, `# age-keygen\n${secrets.join('\n')}\n`, { mode: 0o600 })
    const backup = ['--json', 'backup', '--split', '2of3', ...withPassphrase()]
    const [one, each] = [recipients.slice(0, 1), recipients].map((to) => [...backup, '--to', ...to])
    assert.ok(one && each)

    for (const [index, args] of [one, each].entries()) {
      const out = path(`sealed${index}`)
      const { stdout, stderr } = await run([...args, '--out', out])
      const shares: string[] = JSON.parse(stdout || stderr).files
      const restored = (pair: string[], name: string) => [
        ...['restore', ...pair, '--out', path(`unsealed${index}`, name), ...withPassphrase()],
        ...['--identity', identity],
      ]

      for (const left of [0, 1, 2]) {
        const pair = shares.filter((_, number) => number !== left)
        assert.equal(await address(restored(pair, `${left}.json`)), first)
      }
      await refused(restored(shares.slice(0, 1), 'lost.json'), /there are 1, needed are 2/)
      await refused(restored(shares, 'none.json').slice(0, -2), /A share is encrypted and no identity is named/)
      for (const share of shares) assert.match(readFileSync(share, 'utf8'), /^-----BEGIN AGE ENCRYPTED FILE-----/)
    }
  })

  it('error: S2-KEY-5 a recipient that is none, or two for three shares, writes nothing', async () => {
    const recipient = await identityToRecipient(await generateX25519Identity())
    const to = (...recipients: string[]) => [
      'backup',
      '--to',
      ...recipients,
      '--out',
      path('nowhere'),
      ...withPassphrase(),
    ]

    await refused(to('/media/usb'), /is no recipient of age/)
    await refused(to(recipient, recipient), /There are 2 recipients for 3 shares/)

    assert.throws(() => statSync(path('nowhere')))
  })

  it('behavior: S3-KEY-2 new --pkcs11 makes a key in the token, and inspect finds it; a second one is refused', async () => {
    const hsm = createSoftHsm()
    const [pin, wrong] = [path('pin'), path('wrong-pin')]
    writeFileSync(pin, `${hsm.pin}\n`, { mode: 0o600 })
    writeFileSync(wrong, '161803', { mode: 0o600 })
    const at = (uri: string, file = pin) => ['--pkcs11', uri, '--passphrase-file', file]

    const made = await address(['new', ...at(hsm.uri('worker'))])
    const found = await address(['inspect', ...at(hsm.uri('worker'))])

    assert.match(made, /^0x[0-9a-fA-F]{40}$/)
    assert.equal(found, made)
    await refused(['new', ...at(hsm.uri('worker'))], /holds a key that is object=worker already/)
    await refused(['inspect', ...at(hsm.uri('absent'))], /holds 0 private keys that are object=absent/)
    await refused(['inspect', ...at('pkcs11:object=worker')], /has no absolute module-path/)
    const { exitCode, stderr } = await run(['inspect', ...at(hsm.uri('worker'), wrong)])
    assert.equal(exitCode, 78)
    assert.match(stderr, /^The token assay refuses the PIN \(CKR_PIN_INCORRECT\)[^\n]+\.\n$/)
    assert.equal((await run(['new', '--out', path('x'), ...at(hsm.uri('other'))])).exitCode, 2)
    hsm.remove()
  })

  it('behavior: S0-KEY-5 rotate puts a new key in place under the same passphrase and keeps the old one', async () => {
    const file = path('rotated', 'worker.json')
    const former = await address(['new', '--out', file, ...withPassphrase()])

    const result = JSON.parse((await run(['--json', 'rotate', file, ...withPassphrase()])).stdout)

    assert.equal(result.former, former)
    assert.notEqual(result.address, former)
    assert.equal(await address(['inspect', file, '--check', ...withPassphrase()]), result.address)
    assert.equal(await address(['inspect', result.kept, '--check', ...withPassphrase()]), former)
    assert.deepEqual(readdirSync(path('rotated')).length, 2)
  })

  it('behavior: S0-KEY-5 a rotation that was interrupted goes on with the key that it had made', async () => {
    const file = path('interrupted', 'worker.json')
    await address(['new', '--out', file, ...withPassphrase()])
    const next = await address(['new', '--out', `${file}.next`, ...withPassphrase()])

    const rotated = await address(['rotate', file, ...withPassphrase()])
    copyFileSync(file, `${file}.next`)
    const again = await address(['rotate', file, ...withPassphrase()])

    assert.equal(rotated, next)
    assert.notEqual(again, next)
  })

  it('error: S0-KEY-5 a wrong passphrase or no operator leaves the key as it is', async () => {
    const former = readFileSync(keyFile(), 'utf8')
    const wrong = path('wrong-again')
    writeFileSync(wrong, 'incorrect horse battery', { mode: 0o600 })

    await refused(['rotate', '--passphrase-file', wrong], /does not open the keystore/)
    await refused(['rotate', '--send', ...withPassphrase()], /network file|no key is named/)

    assert.equal(readFileSync(keyFile(), 'utf8'), former)
    assert.deepEqual(readdirSync(path('.assay', 'keys')), ['worker.json'])
  })

  it('behavior: every key command has help with an example', async () => {
    for (const name of ['new', 'import', 'rotate', 'inspect', 'backup', 'restore']) {
      const { exitCode, stdout } = await run([name, '--help'])

      assert.equal(exitCode, 0)
      assert.match(stdout, new RegExp(`Example: assay .*worker key ${name}`))
    }
  })

  async function address(args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await run(['--json', ...args])
    assert.equal(exitCode, 0, stderr)
    return String(JSON.parse(stdout).address)
  }

  async function refused(args: string[], sentence: RegExp): Promise<void> {
    const { exitCode, stdout, stderr } = await run(args)
    assert.equal(exitCode, 1, stderr)
    assert.match(stderr, sentence)
    assert.match(stderr, /^[^\n]+\.\n$/)
    assert.equal(stdout, '')
  }

  async function run(args: string[], descriptor?: number) {
    const isJson = args[0] === '--json'
    const words = [...(isJson ? ['--json'] : []), 'worker', 'key', ...args.slice(isJson ? 1 : 0)]
    const child = spawn(process.execPath, [bin, ...words], {
      cwd: home,
      env: { PATH: process.env.PATH, HOME: home, SOFTHSM2_CONF: process.env.SOFTHSM2_CONF },
      stdio: ['ignore', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
    })
    let [stdout, stderr] = ['', '']
    child.stdout?.on('data', (data: Buffer) => {
      stdout += data
    })
    child.stderr?.on('data', (data: Buffer) => {
      stderr += data
    })
    const [exitCode] = await once(child, 'close')
    return { exitCode: Number(exitCode), stdout, stderr }
  }
})

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}
