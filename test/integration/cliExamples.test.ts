import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { exampleOf, leavesOf } from '@assay/cli/commandTree'
import { keystoreText } from '@assay/cli/keyStorage'
import { createProgram } from '@assay/cli/main'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { registerWorker } from '@assay/sdk/registerWorker'
import { freePort } from '@assay/worker/freePort'
import { encryptKey } from '@assay/worker/keyFileEncrypted'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { zipSync } from 'fflate'
import { type Address, parseEther } from 'viem'
import { type LocalChain, startLocalChain } from './localChain.ts'
import { tinyCalibration, tinyInput, tinyOnnx } from './tinyModel.ts'

/** One command: what has to be there before its example runs, and what is kept of what it printed. */
type Step = { path: string; prepare?: () => Promise<unknown>; keep?: (printed: string) => void; lasting?: RegExp }

const root = fileURLToPath(new URL('../..', import.meta.url))
const leaves = leavesOf(createProgram(new AbortController().signal))
const passphrase = 'a passphrase that is long enough'
const nobody = '0x000000000000000000000000000000000000dEaD'

describe('the example of each --help', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-examples-'))
  const path = (name: string) => join(folder, name)
  /** The variables that examples name. */
  const variables: Record<string, string> = {}
  const running: ChildProcess[] = []
  let chain: LocalChain
  let deskPort: number
  let statusPort: number

  before(async () => {
    chain = await startLocalChain()
    deskPort = await freePort()
    statusPort = await freePort()
    writeFileSync(path('network.json'), JSON.stringify(chain.network))
    mkdirSync(path('bin'))
    const bin = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'cli/bin/assay.mjs')}" "$@"\n`
    writeFileSync(path('bin/assay'), bin, { mode: 0o755 })
    symlinkSync(join(root, 'artifacts'), path('artifacts'))
    await writeInputs()
    await registerWorker(chain.clientOf(2), { deployment: chain.network, stake: parseEther('1') })
    variables.operator = chain.addressOf(8)
  })

  after(async () => {
    for (const { pid, exitCode, signalCode } of running) {
      if (pid !== undefined && exitCode === null && signalCode === null) process.kill(pid, 'SIGKILL')
    }
    await chain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The files that examples name. */
  async function writeInputs(): Promise<void> {
    const secret = { mode: 0o600 }
    writeFileSync(path('digits.onnx'), tinyOnnx())
    writeFileSync(path('digits.npy'), npyOf(tinyCalibration))
    const arrays = { 'inputs.npy': npyOf(tinyCalibration), 'labels.npy': npyOf([Float32Array.of(2, 0)]) }
    writeFileSync(path('digits.npz'), zipSync(arrays))
    writeFileSync(path('digit.json'), JSON.stringify(tinyInput))
    mkdirSync(path('.assay'), { mode: 0o700 })
    writeFileSync(path('.assay/passphrase'), passphrase, secret)
    writeFileSync(path('wallet.pass'), passphrase, secret)
    const { privateKey } = developmentAccount({ chainId: 31_337, index: 8 }).getHdKey()
    const key = Uint8Array.from(privateKey ?? [])
    const keystore = await encryptKey({ key, passphrase: new TextEncoder().encode(passphrase) })
    writeFileSync(path('wallet.json'), keystoreText(keystore), secret)
    const identity = await generateX25519Identity()
    variables.recipient = await identityToRecipient(identity)
    writeFileSync(path('age.key'), `${identity}\n`, secret)
    const queue = { kind: 'file', file: 'queue.sqlite' }
    const content = { gatewayUrls: [chain.network.gatewayUrl] }
    writeFileSync(
      path('executor.yaml'),
      JSON.stringify({ name: 'one', dataDir: 'executor', queue, content, http: { port: 0 } }),
    )
  }

  /** Starts a line as a person's shell does, with this folder as home; the desk of the worker has a port of its own. */
  function start(line: string): ChildProcess {
    const env = {
      ...variables,
      PATH: `${path('bin')}:${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: folder,
      ASSAY_NETWORK: 'network.json',
      ASSAY_WORKER_HTTP_PORT: `${statusPort}`,
      ASSAY_WORKER_CHAIN_POLL_MS: '50',
    }
    const child = spawn('/bin/sh', ['-e', '-c', line.replaceAll('9091', `${deskPort}`)], {
      cwd: folder,
      env,
      detached: true,
    })
    running.push(child)
    return child
  }

  async function run(line: string): Promise<string> {
    const child = start(line)
    let [stdout, all] = ['', '']
    child.stdout?.on('data', (data: Buffer) => {
      stdout += data
      all += data
    })
    child.stderr?.on('data', (data: Buffer) => {
      all += data
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    assert.equal(code, 0, `${line}\n${all}`)
    return stdout
  }

  /** Starts a line that does not end by itself, and waits until it has done its work. */
  async function runLasting(line: string, done: RegExp): Promise<ChildProcess> {
    const child = start(`exec ${line}`)
    let all = ''
    await new Promise<void>((resolve, reject) => {
      const hear = (data: Buffer) => {
        all += data
        if (done.test(all)) resolve()
      }
      child.stdout?.on('data', hear)
      child.stderr?.on('data', hear)
      child.once('close', () => reject(new Error(`${line} ended:\n${all}`)))
    })
    return child
  }

  async function end(child: ChildProcess): Promise<void> {
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGINT')
    assert.equal(await ended, 0)
  }

  const idIn = (printed: string) => /0x[0-9a-f]{64}/.exec(printed)?.[0] ?? ''
  const job = (printed: string) => {
    variables.job = idIn(printed)
  }
  const requestForNobody = async () =>
    job(await run(`assay job request --model "$model" --input digit.json --worker ${nobody} --dev-account 1`))
  const signAgain = (nonce: number) => async () =>
    run(`rm -f order.json; assay order sign --model "$model" --input digit.json --nonce ${nonce} --dev-account 1`)
  const fund = async () => {
    const printed = await run('assay worker key inspect')
    variables.signer = /0x[0-9a-fA-F]{40}/.exec(printed)?.[0] ?? ''
    // The pattern is viem's Address.
    await chain.testClient.setBalance({ address: variables.signer as Address, value: parseEther('10') })
  }
  const begin = async () => {
    const named = 'digits.onnx --name Ceremony --calibration digits.npy --phase1 local.ptau --phase1-local'
    const printed = await run(`assay --json model publish ${named} --dev-account 3`)
    variables.ceremony = JSON.parse(printed).cid
  }
  let worker: ChildProcess | undefined
  let failed: string | undefined

  // In an order in which each finds what those before it left.
  const steps: Step[] = [
    { path: 'assay worker key import' },
    { path: 'assay worker init' },
    { path: 'assay worker key new' },
    { path: 'assay worker key inspect' },
    { path: 'assay worker key backup' },
    { path: 'assay worker key restore' },
    { path: 'assay config check' },
    { path: 'assay config env' },
    { path: 'assay stake register' },
    { path: 'assay stake add' },
    { path: 'assay stake signer', prepare: fund },
    { path: 'assay stake show' },
    { path: 'assay stake unbond' },
    { path: 'assay model inspect' },
    { path: 'assay model check' },
    {
      path: 'assay model publish',
      keep: (printed) => {
        variables.model = idIn(printed)
      },
    },
    { path: 'assay model list' },
    { path: 'assay model show' },
    { path: 'assay worker start', lasting: /"dependency":"account","ok":true|"msg":"worker started"/ },
    { path: 'assay worker status', prepare: () => workerIsReady() },
    { path: 'assay balance deposit' },
    { path: 'assay balance show' },
    { path: 'assay job request', keep: job },
    { path: 'assay job watch' },
    { path: 'assay job show' },
    { path: 'assay job verify' },
    { path: 'assay job list' },
    { path: 'assay order sign' },
    { path: 'assay order show' },
    { path: 'assay order post' },
    { path: 'assay order cancel', prepare: signAgain(11) },
    { path: 'assay worker key rotate', prepare: async () => worker && end(worker) },
    { path: 'assay order relay', prepare: signAgain(12), keep: job },
    { path: 'assay job expire', prepare: () => chain.passTime(301) },
    { path: 'assay job cancel', prepare: requestForNobody },
    { path: 'assay job refund', prepare: () => requestForNobody().then(() => chain.passTime(3600)) },
    { path: 'assay stake withdraw', prepare: () => chain.passTime(60 * 86_400) },
    { path: 'assay balance withdraw' },
    { path: 'assay model phase1' },
    {
      path: 'assay model contribute',
      prepare: begin,
      keep: (printed) => {
        variables.ceremony = /\bb[a-z2-7]{58}\b/.exec(printed)?.[0] ?? ''
      },
    },
    {
      path: 'assay model seal',
      prepare: () => chain.testClient.setIntervalMining({ interval: 1 }),
      keep: (printed) => {
        variables.sealed = idIn(printed)
      },
    },
    { path: 'assay model verify-setup' },
    { path: 'assay verify-deployment' },
    { path: 'assay doctor' },
    { path: 'assay completion' },
    { path: 'assay worker execute', lasting: /executor started/ },
    { path: 'assay config set' },
    { path: 'assay config show' },
    { path: 'assay config get' },
    { path: 'assay config unset' },
  ]

  async function workerIsReady(): Promise<void> {
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${statusPort}/ready`)
      await response.body?.cancel()
      if (response.ok) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  it('invariant: every command has an example, and every example is run', () => {
    assert.deepEqual(
      leaves.filter(({ command }) => exampleOf(command) === undefined).map((leaf) => leaf.path),
      [],
    )
    assert.deepEqual(steps.map((step) => step.path).sort(), leaves.map((leaf) => leaf.path).sort())
  })

  for (const { path: name, prepare, keep, lasting } of steps) {
    const leaf = leaves.find((one) => one.path === name)
    const line = leaf && exampleOf(leaf.command)
    // A step that another one needs and that hangs must not hold up the rest of the run.
    it(`behavior: ${line}`, { timeout: 180_000 }, async () => {
      assert.equal(failed, undefined, 'a step before it failed')
      failed = name
      assert.ok(line !== undefined)
      assert.ok(line.startsWith(name), 'it shows this command')
      await prepare?.()

      if (lasting === undefined) {
        const printed = await run(line)
        keep?.(printed)
      } else {
        const child = await runLasting(line, lasting)
        if (name === 'assay worker start') worker = child
        else await end(child)
      }
      failed = undefined
    })
  }
})

/** A .npy file as numpy.save writes a matrix of float32. */
function npyOf(rows: Float32Array[]): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0]?.length}), }`.padEnd(117)
  const values = Buffer.concat(rows.map((row) => Buffer.from(row.buffer)))
  return Buffer.concat([Buffer.from([0x93]), Buffer.from(`NUMPY\x01\x00\x76\x00${header}\n`, 'latin1'), values])
}
