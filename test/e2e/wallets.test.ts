import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { addContent } from '@assay/sdk/content'
import { connectNetwork } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { encodeInput } from '@assay/sdk/encodeInput'
import { getJob } from '@assay/sdk/getJob'
import { requestJob } from '@assay/sdk/requestJob'
import type { Browser, Page } from 'playwright-core'
import { type Address, encodeFunctionData, type Hex, isAddressEqual, parseEther, zeroAddress } from 'viem'
import { fixtureModels } from '../../scripts/devnet/fixtureModels.ts'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { loadMnist } from '../../scripts/mnist.ts'
import { assertAccessible, type Look, launchBrowser, newPage, photograph } from './browser.ts'
import { type InjectedWallet, injectWallet } from './injectedWallet.ts'
import { deployOwnerAccount, multisigWallet } from './multisigWallet.ts'

const requester = 8
const { address } = developmentAccount({ chainId: 31_337, index: requester })

/** A transaction as a wallet is asked for it. */
type Asked = { from: Address; to: Address; data: Hex; value?: Hex }

describe('wallets, and what becomes of a transaction', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-wallets-'))
  let devnet: Devnet
  let browser: Browser

  before(async () => {
    const ports = portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000)))
    devnet = await startDevnet({ folder, ports, models: fixtureModels.slice(1) })
    browser = await launchBrowser()
  })

  after(async () => {
    await browser?.close()
    await devnet?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const ask = async (method: string, params: unknown[] = []) => {
    const response = await fetch(devnet.network.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const { result, error } = await response.json()
    if (error) throw new Error(error.message)
    return result
  }

  const modelId = () => {
    const [published] = devnet.models
    assert.ok(published)
    return published.model.modelId
  }

  /** A job that nobody takes, with money of the requester's in it. */
  async function openJob() {
    const client = connectNetwork(devnet.network, developmentAccount({ chainId: 31_337, index: requester }))
    const [digit] = loadMnist().heldOut
    const [published] = devnet.models
    assert.ok(digit && published)
    const input = await encodeInput(published.manifest.input, digit.pixels)
    await addContent({ apiUrl: devnet.network.contentApiUrl, bytes: input.bytes })
    const allowedWorker = developmentAccount({ chainId: 31_337, index: 9 }).address
    return requestJob(client, {
      deployment: devnet.network,
      terms: { modelId: modelId(), input, maxPrice: parseEther('0.01'), allowedWorker },
    })
  }

  async function visit(
    { look, place, wallet }: { look: Look; place: string; wallet: Partial<InjectedWallet> },
    act: (page: Page) => Promise<void>,
  ) {
    const { page, complaints } = await newPage(browser, look)
    const { rpcUrl } = devnet.network
    await injectWallet(page, { address, chainId: 31_337, reject: [], name: 'Test wallet', rpcUrl, ...wallet })
    try {
      await page.goto(`${devnet.appUrl}/${place}`)
      await page.getByRole('button', { name: 'Connect wallet' }).click()
      await page.getByRole('button', { name: /Test wallet/ }).click()
      await page.getByRole('button', { name: 'Disconnect' }).waitFor()
      await act(page)
      assert.deepEqual(complaints, [])
    } catch (error) {
      await photograph(page, 'failed-wallets')
      throw error
    } finally {
      await page.context().close()
    }
  }

  /**
   * A wallet on a chain that mines when it is told to: it keeps what it is asked to send, so that the test can put another in its place
   * once the page has seen the first one.
   */
  function slowWallet() {
    let seen = () => {}
    const wasSeen = new Promise<void>((resolve) => {
      seen = resolve
    })
    const sent: { asked: Asked; nonce: Hex }[] = []
    const fee = (gwei: number) => `0x${(BigInt(gwei) * 10n ** 9n).toString(16)}`
    const handlers: InjectedWallet['handlers'] = {
      eth_sendTransaction: async ([transaction]) => {
        // What wagmi and viem ask a wallet to send.
        const asked = transaction as Asked
        await ask('evm_setAutomine', [false])
        const nonce = (await ask('eth_getTransactionCount', [asked.from, 'latest'])) as Hex
        sent.push({ asked, nonce })
        return ask('eth_sendTransaction', [
          { ...asked, nonce, maxFeePerGas: fee(20), maxPriorityFeePerGas: fee(1), gas: '0x7a120' },
        ])
      },
      eth_getTransactionByHash: async (params) => {
        const transaction = await ask('eth_getTransactionByHash', params)
        if (transaction) seen()
        return transaction
      },
    }
    /** Sends another transaction with the same number, pays more for it, and lets the chain go on. */
    async function replace(change: Partial<Asked>) {
      await wasSeen
      const [first] = sent
      assert.ok(first)
      const { asked, nonce } = first
      const fees = { maxFeePerGas: fee(60), maxPriorityFeePerGas: fee(5), gas: '0x7a120' }
      await ask('eth_sendTransaction', [{ ...asked, ...change, nonce, ...fees }])
      await ask('evm_mine')
      await ask('evm_setAutomine', [true])
    }
    return { handlers, replace }
  }

  test('behavior: a transaction that the wallet sped up is followed to its end', async () => {
    const { jobId } = await openJob()
    const { handlers, replace } = slowWallet()
    const look = { width: 390, theme: 'light' } as const
    await visit({ look, place: `job/?id=${jobId}`, wallet: { handlers } }, async (page) => {
      await page.getByRole('button', { name: 'Cancel this job' }).click()
      await page.locator('[data-transaction=sent]').waitFor()
      await replace({})

      await page.locator('[data-stage=Cancelled]').waitFor()
    })
  })

  test('error: a transaction that was cancelled in the wallet is said not to have happened, and can be tried again', async () => {
    const { jobId } = await openJob()
    const { handlers, replace } = slowWallet()
    const look = { width: 1440, theme: 'dark' } as const
    await visit({ look, place: `job/?id=${jobId}`, wallet: { handlers } }, async (page) => {
      await page.getByRole('button', { name: 'Cancel this job' }).click()
      await page.locator('[data-transaction=sent]').waitFor()
      await replace({ to: address, data: '0x', value: '0x0' })

      await page.getByText(/You cancelled the transaction in your wallet, with 0x.* only gas was paid/).waitFor()
      await assertAccessible(page)
      assert.equal(await page.getByRole('button', { name: 'Cancel this job' }).isEnabled(), true)
      assert.equal(
        (await getJob(connectNetwork(devnet.network), { deployment: devnet.network, jobId })).state,
        'Requested',
      )
    })
  })

  test('error: a transaction that reverts says what the contract had against it', async () => {
    const handlers: InjectedWallet['handlers'] = {
      eth_sendTransaction: async ([transaction]) => {
        // Another device asks with the same nonce while this wallet waits for its owner.
        await openJob()
        await ask('evm_setAutomine', [false])
        // What wagmi and viem ask a wallet to send.
        const hash = await ask('eth_sendTransaction', [{ ...(transaction as Asked), gas: '0x7a120' }])
        await ask('evm_mine')
        await ask('evm_setAutomine', [true])
        return hash
      },
    }
    const look = { width: 390, theme: 'dark' } as const
    await visit({ look, place: `model/?id=${modelId()}`, wallet: { handlers } }, async (page) => {
      await page.getByRole('button', { name: 'Sample digit 3' }).click()
      await page.getByRole('button', { name: /^Ask and pay/ }).click()

      await page.locator('[data-transaction=failed]').waitFor()
      await page.getByText(/used nonce \d+ before/).waitFor()
      assert.equal(await page.getByRole('button', { name: /^Ask and pay/ }).isEnabled(), true)
    })
  })

  for (const width of [390, 1440] as const) {
    test(`behavior: S0-ESC-6 an account of several signers asks, once enough of them have signed, at ${width} px`, async () => {
      const owner = await deployOwnerAccount(devnet.network)
      const { handlers, approve } = multisigWallet(devnet.network, owner)
      const look = { width, theme: 'light' } as const
      const place = `model/?id=${modelId()}`
      await visit({ look, place, wallet: { address: owner, handlers } }, async (page) => {
        await page.getByRole('button', { name: 'Sample digit 3' }).click()
        await page.getByRole('button', { name: /^Ask and pay/ }).click()
        await page.getByText('Your account is a contract').waitFor()
        await assertAccessible(page)
        await approve()

        await page.waitForURL(/\/job\/\?id=0x/)
        await page.locator('[data-stage=Settled][data-state=done]').waitFor()
        const jobId = new URL(page.url()).searchParams.get('id') as Hex
        const { order } = await getJob(connectNetwork(devnet.network), { deployment: devnet.network, jobId })
        assert.equal(isAddressEqual(order.requester, owner), true)
      })
    })
  }

  test('behavior: S0-ESC-6 an order that an account of several signers signed can be claimed by a worker', async () => {
    const owner = await deployOwnerAccount(devnet.network)
    const { handlers, execute } = multisigWallet(devnet.network, owner)
    const value = parseEther('1')
    const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'deposit', args: [zeroAddress, value] })
    await execute([{ target: devnet.network.addresses.jobMarket, value, data }])
    const look = { width: 1440, theme: 'light' } as const
    const place = `model/?id=${modelId()}`
    await visit({ look, place, wallet: { address: owner, handlers } }, async (page) => {
      await page.getByRole('button', { name: 'Sample digit 5' }).click()
      await page.getByRole('radio', { name: 'By signature only' }).check()
      await page.getByRole('button', { name: /^Sign for at most/ }).click()
      await page.waitForURL(/&order=b/)
      await page.getByText('waiting for a worker').waitFor()
    })
  })
})
