import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import hre from 'hardhat'
import { type Hex, zeroAddress, zeroHash } from 'viem'

const price = 100n
const bits = 24

describe('DigitReader', async () => {
  const { viem } = await hre.network.getOrCreate()
  const deploy = async () => {
    const market = await viem.deployContract('MarketFake')
    const terms = {
      modelId: `0x${'01'.repeat(32)}` as const,
      assurance: zeroAddress,
      assuranceData: '0x' as const,
      token: zeroAddress,
      ...{ minPrice: price, maxPrice: price, rampSeconds: 0, claimSeconds: 600, proveSeconds: 300, judgeSeconds: 0 },
      ...{ bond: 0n, minContributions: 0, maxFeeBps: 500, callbackGas: 200_000 },
    }
    const reader = await viem.deployContract('DigitReader', [market.address, terms, BigInt(bits)])
    return { market, reader }
  }
  let market: Awaited<ReturnType<typeof deploy>>['market']
  let reader: Awaited<ReturnType<typeof deploy>>['reader']

  before(async () => {
    ;({ market, reader } = await deploy())
  })

  /** Asks about a picture; the id of the job. */
  const ask = async (): Promise<Hex> => {
    await reader.write.read([5n, `0x${'02'.repeat(32)}`, zeroHash], { value: price })
    const [requested] = await reader.getEvents.InferenceRequested()
    assert.ok(requested?.args.jobId !== undefined)
    return requested.args.jobId
  }
  const tell = (options: Record<string, unknown>) =>
    hre.tasks.getTask('assay:mock-result').run({ market: market.address, ...options })

  it('behavior: an answer that the fake market is told is remembered', async () => {
    const job = await ask()

    await tell({ job, values: '-3,0,1,2,0,0,0,9,0,0' })

    assert.equal(await reader.read.digitOf([1n]), 7n)
  })

  it('behavior: a job that expires is paid back', async () => {
    const job = await ask()

    await tell({ job, expired: true })

    const [wallet] = await viem.getWalletClients()
    assert.equal(await reader.read.refundOf([wallet.account.address]), price)
  })

  it('behavior: after a failed attempt the job goes on', async () => {
    const job = await ask()

    await tell({ job, failed: true })
    await tell({ job, values: '0,5,0,0,0,0,0,0,0,0' })

    assert.equal(await reader.read.digitOf([3n]), 1n)
  })

  it('error: what cannot be told is one sentence', async () => {
    const job = await ask()

    await assert.rejects(tell({ job, values: 'seven' }), /--values is "seven"; write integers separated by commas/)
    await assert.rejects(tell({ job: '0x12', values: '1' }), /--job is "0x12"; write 0x and 64 hex digits/)
    await assert.rejects(tell({ job, market: '0x12', values: '1' }), /--market is "0x12"/)
  })
})
