import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import { getWorker } from '@assay/sdk/getWorker'
import { registerWorker } from '@assay/sdk/registerWorker'
import { type Address, getAddress, parseEther } from 'viem'
import { readContract } from 'viem/actions'
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
    const child = spawn(process.execPath, [bin, '--network', path('network.json'), ...args], {
      env: { PATH: process.env.PATH, HOME: folder },
    })
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
