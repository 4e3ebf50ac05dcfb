import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import { connectNetwork } from '@assay/sdk/deployment'
import { getWorker } from '@assay/sdk/getWorker'
import { registerWorker } from '@assay/sdk/registerWorker'
import { accountOf } from '@assay/sdk/sendCall'
import { listen } from '@assay/worker/listen'
import { parseTokenUri } from '@assay/worker/pkcs11Uri'
import { connectToken, generateTokenKey } from '@assay/worker/signerPkcs11'
import { createSoftHsm } from '@assay/worker/softHsm'
import {
  type Address,
  getAddress,
  type Hex,
  type LocalAccount,
  parseEther,
  parseEventLogs,
  type TransactionSerializableEIP1559,
  toFunctionSelector,
} from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { getTransactionReceipt, readContract, sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import { type LocalChain, startLocalChain } from './localChain.ts'

const bin = fileURLToPath(new URL('../../cli/bin/assay.mjs', import.meta.url))

describe('assay worker key rotate --send', () => {
  let chain: LocalChain
  let folder: string
  const path = (name: string) => join(folder, name)

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-rotation-'))
    chain = await startLocalChain()
    writeFileSync(path('network.json'), JSON.stringify(chain.network))
    writeFileSync(path('passphrase'), 'correct horse battery', { mode: 0o600 })
  })

  after(async () => {
    await chain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('behavior: S0-KEY-5 the registry has the new signer, and the one before until its grace ends', async () => {
    const { address: former } = await key('new', '--out', path('worker.json'))
    const deployment = chain.network
    const operator = chain.addressOf(4)
    await registerWorker(chain.clientOf(4), { deployment, stake: parseEther('1'), signer: getAddress(former) })

    const { address, transaction } = await key('rotate', path('worker.json'), '--send', '--dev-account', '4')

    assert.match(transaction, /^0x[0-9a-f]{64}$/)
    assert.equal((await getWorker(chain.clientOf(0), { deployment, operator }))?.signer, address)
    assert.equal(await operatorOf(getAddress(former)), operator)
    await chain.passTime(24 * 60 * 60 + 1)
    await assert.rejects(operatorOf(getAddress(former)), /SignerRevoked/)
    assert.equal(await operatorOf(getAddress(address)), operator)
  })

  it('error: S0-KEY-5 a registry that refuses leaves the key as it was, and the next try takes the same new key', async () => {
    const file = path('refused.json')
    const { address: former } = await key('new', '--out', file)
    const before = readFileSync(file, 'utf8')
    const rotate = ['rotate', file, '--send', '--dev-account', '5']

    const refused = await run('--json', 'worker', 'key', ...rotate, '--passphrase-file', path('passphrase'))

    assert.equal(refused.exitCode, 1)
    assert.match(refused.stderr, /is no registered worker on this network/)
    assert.equal(readFileSync(file, 'utf8'), before)
    const { address: next } = await key('inspect', `${file}.next`)
    const operator = { deployment: chain.network, stake: parseEther('1'), signer: getAddress(former) }
    await registerWorker(chain.clientOf(5), operator)
    const { address } = await key(...rotate)
    assert.equal(address, next)
    assert.ok(!existsSync(`${file}.next`))
  })

  describe('off local chains', () => {
    let elsewhere: LocalChain
    const outside = (...args: string[]) => run('--network', path('elsewhere.json'), ...args)
    const passphraseFile = () => ['--key-passphrase-file', path('passphrase')]

    before(async () => {
      elsewhere = await startLocalChain({ chainId: 4242 })
      writeFileSync(path('elsewhere.json'), JSON.stringify(elsewhere.network))
    })

    after(() => elsewhere?.stop())

    /** An operator with money and stake whose signer is the keystore `signer`. */
    async function register(operator: LocalAccount, signer: string): Promise<void> {
      const client = elsewhere.clientOf(0)
      const account = accountOf(client)
      const hash = await sendTransaction(client, {
        account,
        chain: null,
        to: operator.address,
        value: parseEther('2'),
      })
      await waitForTransactionReceipt(client, { hash })
      const { address } = await key('new', '--out', path(signer))
      await registerWorker(connectNetwork(elsewhere.network, operator), {
        deployment: elsewhere.network,
        stake: parseEther('1'),
        signer: getAddress(address),
      })
    }

    async function rotated(operator: Address, signer: string, account: string[]): Promise<void> {
      const rotate = ['worker', 'key', 'rotate', path(signer), '--send', '--passphrase-file', path('passphrase')]
      const { exitCode, stdout, stderr } = await outside('--json', ...account, ...rotate)

      assert.equal(exitCode, 0, stderr)
      const { address, former, transaction } = JSON.parse(stdout)
      const { logs, status } = await getTransactionReceipt(elsewhere.clientOf(0), { hash: transaction })
      assert.equal(status, 'success')
      const [changed] = parseEventLogs({ abi: workerRegistryAbi, eventName: 'SignerChanged', logs })
      assert.deepEqual([changed?.args.operator, changed?.args.signer], [operator, address])
      assert.notEqual(address, former)
    }

    it("behavior: S0-KEY-5 the operator's encrypted keystore signs the rotation", async () => {
      const secret = generatePrivateKey()
      const operator = privateKeyToAccount(secret)
      await register(operator, 'of-keystore.json')
      writeFileSync(path('operator.hex'), secret, { mode: 0o600 })
      await key('import', path('operator.hex'), '--out', path('operator.json'))

      await rotated(operator.address, 'of-keystore.json', ['--key-file', path('operator.json'), ...passphraseFile()])
    })

    it('behavior: S0-KEY-5 S3-KEY-2 a token signs the rotation', async () => {
      const hsm = createSoftHsm()
      const access = { uri: parseTokenUri(hsm.uri('operator')), pin: Buffer.from(hsm.pin) }
      await generateTokenKey(access)
      writeFileSync(path('pin'), hsm.pin, { mode: 0o600 })
      const operator = await connectToken(access)
      await register(operator, 'of-token.json')
      const account = ['--key-pkcs11', hsm.uri('operator'), '--key-passphrase-file', path('pin')]

      await rotated(operator.address, 'of-token.json', account)

      hsm.remove()
    })

    it('behavior: S0-KEY-5 a remote signer signs the rotation, and `stake signer` names any other', async () => {
      const operator = privateKeyToAccount(generatePrivateKey())
      await register(operator, 'of-remote.json')
      const remote = await startRemoteSigner(operator)
      const account = ['--key-remote', remote.url, '--key-address', operator.address]

      await rotated(operator.address, 'of-remote.json', account)
      const other = privateKeyToAccount(generatePrivateKey()).address
      const { exitCode, stdout, stderr } = await outside('--json', ...account, 'stake', 'signer', other)

      assert.equal(exitCode, 0, stderr)
      assert.equal(JSON.parse(stdout).signer, other)
      // The policy before the operator's key lets nothing else through.
      assert.deepEqual([...remote.selectors], [toFunctionSelector('function setSigner(address)')])
      await remote.close()
    })

    it('error: S0-KEY-5 S0-KEY-3 a raw key, a development account, no key or a wrong passphrase changes nothing', async () => {
      await key('new', '--out', path('unsent.json'))
      await key('new', '--out', path('operator-2.json'))
      const former = readFileSync(path('unsent.json'), 'utf8')
      writeFileSync(path('raw.hex'), generatePrivateKey(), { mode: 0o600 })
      writeFileSync(path('wrong'), 'incorrect horse battery', { mode: 0o600 })
      const cases: [string[], RegExp][] = [
        [['--key-file', path('raw.hex')], /holds a raw key, which is accepted on chains 31337 and 1337 only/],
        [['--dev-account', '4'], /Chain 4242 is not local/],
        [[], /no key is named; use --key-file <path>, --key-remote <url> or --key-pkcs11 <uri>/],
        [['--key-remote', 'http://127.0.0.1:1'], /add --key-address/],
        [['--key-file', path('operator-2.json'), '--key-passphrase-file', path('wrong')], /does not open the keystore/],
        [
          ['--key-file', path('operator-2.json')],
          /The passphrase of .*operator-2\.json is needed .*--key-passphrase-file/,
        ],
        [['--key-file', path('operator-2.json'), ...passphraseFile()], /is no registered worker/],
      ]

      for (const [account, sentence] of cases) {
        const rotate = [
          'worker',
          'key',
          'rotate',
          path('unsent.json'),
          '--send',
          '--passphrase-file',
          path('passphrase'),
        ]
        const { exitCode, stderr } = await outside(...account, ...rotate)

        assert.equal(exitCode, 1, stderr)
        assert.match(stderr, sentence)
        assert.equal(readFileSync(path('unsent.json'), 'utf8'), former)
      }
    })
  })

  function operatorOf(account: Address): Promise<Address> {
    return readContract(chain.clientOf(0), {
      address: chain.network.addresses.workerRegistry,
      abi: workerRegistryAbi,
      functionName: 'operatorOf',
      args: [account],
    })
  }

  async function key(...args: string[]): Promise<{ address: string; transaction: string }> {
    const { exitCode, stdout, stderr } = await run(
      ...['--json', 'worker', 'key', ...args, '--passphrase-file', path('passphrase')],
    )
    assert.equal(exitCode, 0, stderr)
    const { address, transaction } = JSON.parse(stdout)
    return { address: String(address), transaction: String(transaction) }
  }

  async function run(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const child = spawn(
      process.execPath,
      [bin, ...(args.includes('--network') ? [] : ['--network', path('network.json')]), ...args],
      {
        env: { PATH: process.env.PATH, HOME: folder, SOFTHSM2_CONF: process.env.SOFTHSM2_CONF },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (data: Buffer) => {
      stdout += data
    })
    child.stderr.on('data', (data: Buffer) => {
      stderr += data
    })
    const [exitCode] = await once(child, 'close')
    return { exitCode: Number(exitCode), stdout, stderr }
  }
})

/** A signer as Web3Signer answers; `selectors` are the functions that it was asked to sign calls of. */
async function startRemoteSigner(account: PrivateKeyAccount) {
  const selectors = new Set<string>()
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    // What connectRemoteSigner sends; a wrong shape fails the test.
    const { method, params } = JSON.parse(Buffer.concat(pieces).toString()) as { method: string; params: RpcCall[] }
    const [asked] = params
    if (asked !== undefined) selectors.add(asked.data.slice(0, 10))
    const result = asked === undefined ? [account.address] : await account.signTransaction(fromRpc(asked))
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, result }))
  })
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 })
  return { url, close, selectors }
}

type RpcCall = Record<
  'to' | 'data' | 'value' | 'nonce' | 'gas' | 'maxFeePerGas' | 'maxPriorityFeePerGas' | 'chainId',
  Hex
>

function fromRpc(asked: RpcCall): TransactionSerializableEIP1559 {
  const { to, data, value, nonce, gas, maxFeePerGas, maxPriorityFeePerGas, chainId } = asked
  return {
    type: 'eip1559',
    to,
    data,
    chainId: Number(chainId),
    nonce: Number(nonce),
    gas: BigInt(gas),
    value: BigInt(value),
    maxFeePerGas: BigInt(maxFeePerGas),
    maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas),
  }
}
