import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '@assay/worker/config'
import { settings } from '@assay/worker/configSettings'
import { askSettings, type Question } from './askSettings.ts'

const bin = fileURLToPath(new URL('../bin/assay.mjs', import.meta.url))
const never = new AbortController().signal

describe('assay worker init', { concurrency: 2 }, () => {
  let folder: string
  const path = (name: string) => join(folder, name)

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-init-'))
    const address = `0x${'00'.repeat(20)}`
    const network = {
      name: 'nowhere',
      chainId: 31_337,
      rpcUrl: 'http://127.0.0.1:1',
      contentApiUrl: 'http://127.0.0.1:1',
      gatewayUrl: 'http://127.0.0.1:1',
      appUrl: 'http://127.0.0.1:1',
      deploymentBlock: 0,
      addresses: {
        jobMarket: address,
        modelRegistry: address,
        workerRegistry: address,
        proofVerifier: address,
        proofAssurance: address,
      },
    }
    writeFileSync(path('network.json'), JSON.stringify(network))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  async function run(program: string, { args, typed = '' }: { args: string[]; typed?: string }) {
    const child = spawn(program, args, { env: { PATH: process.env.PATH, HOME: folder }, cwd: folder })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (data: Buffer) => {
      stdout += data
    })
    child.stderr.on('data', (data: Buffer) => {
      stderr += data
    })
    child.stdin.end(typed)
    const [code] = await once(child, 'close')
    return { code, stdout, stderr }
  }
  const init = (...args: string[]) =>
    run(process.execPath, { args: [bin, 'worker', 'init', '--network', 'network.json', ...args] })

  it('behavior: S0-CFG-1 writes a configuration from flags, which loads with what they say and defaults for the rest', async () => {
    const flags = [
      '--data-dir',
      'data',
      '--key-file',
      'worker.key',
      '--jobs',
      '3',
      '--rpc-urls',
      'http://a.test,http://b.test',
    ]
    const { code, stdout, stderr } = await init('--out', 'flags.yaml', ...flags, '--set', 'chain.confirmations=5')

    assert.deepEqual([code, stderr], [0, ''])
    const config = loadConfig(path('flags.yaml'), {})
    assert.deepEqual(
      [config.network.name, config.dataDir, config.keyFile],
      ['nowhere', path('data'), path('worker.key')],
    )
    assert.deepEqual([config.limits.jobs, config.chain.confirmations, config.chain.pollMs], [3, 5, 1000])
    assert.deepEqual(config.chain.rpcUrls, ['http://a.test', 'http://b.test'])
    assert.equal(config.passphraseFile, path('.assay/passphrase'))
    assert.equal(statSync(path('flags.yaml')).mode & 0o777, 0o600)
    assert.match(
      readFileSync(path('flags.yaml'), 'utf8'),
      /^ {2}# Jobs worked on at the same time; with executors, those that they have together and that wait\.\n {2}jobs: 3$/m,
    )
    for (const step of [
      /assay worker key new .*worker\.key/,
      /assay stake register/,
      /assay worker start --config .*flags\.yaml/,
    ])
      assert.match(stdout, step)
  })

  it('error: S0-KEY-6 S0-CFG-1 a file that is there is left alone, and with --force kept beside the new one', async () => {
    await init('--out', 'kept.yaml', '--jobs', '2')
    const first = readFileSync(path('kept.yaml'), 'utf8')
    const refused = await init('--out', 'kept.yaml', '--jobs', '4')
    const unchanged = readFileSync(path('kept.yaml'), 'utf8')
    const forced = await init('--out', 'kept.yaml', '--jobs', '4', '--force')

    assert.deepEqual([refused.code, unchanged], [1, first])
    assert.match(refused.stderr, /^.*kept\.yaml exists already and was not overwritten; .*\.\n$/)
    assert.equal(forced.code, 0)
    assert.equal(loadConfig(path('kept.yaml'), {}).limits.jobs, 4)
    const backups = readdirSync(folder).filter((name) => /^kept\.yaml\.bak-\d+$/.test(name))
    assert.deepEqual(
      backups.map((name) => readFileSync(path(name), 'utf8')),
      [first],
    )
  })

  for (const [what, args, code, sentence] of [
    ['a wrong value', ['--jobs', 'many'], 78, /^limits\.jobs: is "many"; set a whole number from 1 to 64\.\n$/],
    ['a network file that is missing', ['--network', 'none.json'], 78, /^networkFile: .*none\.json cannot be read/],
    ['a setting that does not exist', ['--set', 'chain.poll=1'], 1, /^chain\.poll is no setting of the worker/],
    ['settings that do not go together', ['--set', 'signer.url=http://a.test'], 78, /^signer\.address: is missing/],
  ] as const) {
    it(`error: S0-CFG-1 ${what} is told, and no file is left`, async () => {
      const name = `${what.replaceAll(' ', '-')}.yaml`
      const ended = await init('--out', name, ...args)

      assert.equal(ended.code, code, ended.stderr)
      assert.match(ended.stderr, sentence)
      assert.deepEqual(
        readdirSync(folder).filter((file) => file.startsWith(name)),
        [],
      )
    })
  }

  it('behavior: S0-CFG-1 at a terminal it asks, and Enter takes the default', async (t) => {
    if (!existsSync('/usr/bin/script')) return t.skip('script (bsdutils) is not there to make a terminal')
    const command = `'${process.execPath}' '${bin}' worker init --network network.json --out asked.yaml --data-dir data`
    // Network, key file, passphrase file, endpoints, price, jobs, isolation, port.
    const { code, stdout } = await run('/usr/bin/script', {
      args: ['-qec', command, '/dev/null'],
      typed: '\n~/my.key\n\n\n1000\nmany\n2\n\n9191\n',
    })

    assert.equal(code, 0, stdout)
    assert.match(stdout, /limits\.jobs: is "many"; set a whole number/)
    const config = loadConfig(path('asked.yaml'), {})
    assert.deepEqual([config.keyFile, config.limits.jobs, config.http.port], [path('my.key'), 2, 9191])
    assert.deepEqual([config.admission.minPriceWei, config.sandbox.requireIsolation], [1000n, 'limited'])
  })
})

describe('askSettings', () => {
  const questions: Question[] = ['limits.jobs', 'log.level'].map((key) => {
    const setting = settings.find((one) => one.key === key)
    assert.ok(setting !== undefined)
    return { setting, fallback: key === 'log.level' ? 'info' : '1' }
  })

  it('behavior: S0-CFG-1 a wrong answer is told so and asked for again', async () => {
    const input = new PassThrough()
    const answers = askSettings(questions, { input, output: new PassThrough().resume(), signal: never })
    input.write('0\n7\nloud\n\n')

    assert.deepEqual(
      [...(await answers)],
      [
        ['limits.jobs', 7],
        ['log.level', 'info'],
      ],
    )
  })

  it('error: S0-CFG-1 who leaves before the last question gets nothing written', async () => {
    const input = new PassThrough()
    const answers = askSettings(questions, { input, output: new PassThrough().resume(), signal: never })
    input.end()

    await assert.rejects(answers, { name: 'SettingsNotGivenError' })
  })
})
