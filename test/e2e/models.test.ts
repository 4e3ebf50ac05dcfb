import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connectNetwork } from '@assay/sdk/deployment'
import { deposit } from '@assay/sdk/deposit'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { getModel } from '@assay/sdk/getModel'
import type { Browser, Page } from 'playwright-core'
import { parseEther, zeroAddress } from 'viem'
import { accounts } from '../../scripts/devnet/accounts.ts'
import { fixtureModels } from '../../scripts/devnet/fixtureModels.ts'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { assertAccessible, connectDevelopmentWallet, type Look, launchBrowser, newPage, photograph } from './browser.ts'
import { injectWallet } from './injectedWallet.ts'

describe('models, asking them, and their owner', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'assay-models-'))
  let devnet: Devnet
  let browser: Browser
  let modelId: `0x${string}`

  before(async () => {
    const ports = portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000)))
    devnet = await startDevnet({ folder, ports, models: fixtureModels.slice(1) })
    browser = await launchBrowser()
    const [published] = devnet.models
    assert.ok(published)
    modelId = published.model.modelId
  })

  after(async () => {
    await browser?.close()
    await devnet?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function visit(look: Look, address: string, act: (page: Page) => Promise<void>, wallet?: Wallet) {
    const { page, complaints } = await newPage(browser, look)
    if (wallet)
      await injectWallet(page, { ...wallet, chainId: 31_337, rpcUrl: devnet.network.rpcUrl, name: 'Test wallet' })
    try {
      await page.goto(`${devnet.appUrl}/${address}`)
      if (wallet) {
        await page.getByRole('button', { name: 'Connect wallet' }).click()
        await page.getByRole('button', { name: /Test wallet/ }).click()
        await page.getByRole('button', { name: 'Disconnect' }).waitFor()
      }
      await act(page)
      assert.deepEqual(complaints, [])
    } catch (error) {
      await photograph(page, 'failed')
      throw error
    } finally {
      await page.context().close()
    }
  }

  type Wallet = { address: string; reject: string[] }
  const walletOf = (index: number, reject: string[] = []): Wallet => ({
    address: developmentAccount({ chainId: 31_337, index }).address,
    reject,
  })

  for (const width of [390, 1440] as const) {
    test(`behavior: a model is found, asked on its page, and settled after a reload in the middle, at ${width} px`, async () => {
      await visit({ width, theme: 'light' }, 'models/', async (page) => {
        await page.getByLabel('Search').fill('mlp')
        await page.getByLabel('Task').selectOption('Image to label')
        await page.getByText('1 shown of 1').waitFor()
        await page.getByRole('link', { name: 'MNIST MLP' }).click()

        await connectDevelopmentWallet(page)
        await page.getByRole('button', { name: 'Sample digit 3' }).click()
        await page.getByText('What the model sees').waitFor()
        await page.getByText('Gas', { exact: true }).waitFor()
        await assertAccessible(page)
        await page.getByRole('button', { name: /^Ask and pay/ }).click()
        await page.waitForURL(/\/job\/\?id=0x/)
        await page.reload()
        await page.locator('[data-stage=Settled][data-state=done]').waitFor()
        assert.equal(await page.locator('[data-answer]').count(), 1)
      })
    })
  }

  test('behavior: what a model is, its versions and the code that asks it are on its page', async () => {
    await visit({ width: 1440, theme: 'dark' }, `model/?id=${modelId}`, async (page) => {
      await page.getByRole('tab', { name: 'Manifest' }).click()
      await page.getByText('before it was made exact').or(page.getByText('no measurement')).waitFor()
      await page.getByRole('tab', { name: 'Versions' }).click()
      await page.getByRole('table', { name: 'Versions' }).waitFor()
      await page.getByRole('tab', { name: 'Code' }).click()
      await page.getByText(`const modelId = '${modelId}'`).waitFor()
      await page.getByRole('tab', { name: 'Contract' }).click()
      await page.getByText(`ModelId.wrap(${modelId})`).waitFor()
      await assertAccessible(page)
      // The figures of the two jobs above.
      await page.getByText('median of recent answers').waitFor()
    })
  })

  test('behavior: an order that is only signed is shown again after a reload, and can be taken back', async () => {
    await visit({ width: 390, theme: 'dark' }, `model/?id=${modelId}`, async (page) => {
      await connectDevelopmentWallet(page)
      await page.getByRole('button', { name: 'Sample digit 5' }).click()
      await page.getByRole('radio', { name: 'By signature only' }).check()
      await page.getByRole('button', { name: /into the market$/ }).click()
      await page.getByRole('button', { name: /^Sign for at most/ }).click()
      await page.waitForURL(/&order=b/)
      await page.reload()
      await page.getByText('waiting for a worker').waitFor()
      await assertAccessible(page)
      await page.getByRole('button', { name: 'Take it back' }).click()
      await page.getByText('cannot be taken').waitFor()
    })
  })

  test('error: a signature that the wallet rejects is said to have cost nothing', async () => {
    const wallet = walletOf(6, ['eth_signTypedData_v4'])
    const account = developmentAccount({ chainId: 31_337, index: 6 })
    await deposit(connectNetwork(devnet.network, account), { deployment: devnet.network, amount: parseEther('1') })
    await visit(
      { width: 1440, theme: 'light' },
      `model/?id=${modelId}`,
      async (page) => {
        await page.getByRole('button', { name: 'Sample digit 5' }).click()
        await page.getByRole('radio', { name: 'By signature only' }).check()
        await page.getByRole('button', { name: /^Sign for at most/ }).click()
        await page.getByText(/You rejected the request in your wallet. Nothing was sent and nothing was paid/).waitFor()
        assert.equal(await page.getByRole('button', { name: /^Sign for at most/ }).isEnabled(), true)
      },
      wallet,
    )
  })

  test('error: an account without funds is told what it needs before it can ask', async () => {
    const wallet = { address: '0x00000000000000000000000000000000000A55a1', reject: [] }
    await visit(
      { width: 390, theme: 'light' },
      `model/?id=${modelId}`,
      async (page) => {
        await page.getByText(/This account holds 0 ETH, and asking needs/).waitFor()
        assert.equal(await page.getByRole('button', { name: 'Not enough funds' }).isDisabled(), true)
      },
      wallet,
    )
  })

  test('behavior: an owner offers a model, takes the offer back, and retires it; it is not asked any more', async () => {
    await visit(
      { width: 390, theme: 'light' },
      'owner/',
      async (page) => {
        await page.getByRole('tab', { name: 'Hand over' }).click()
        await page.getByLabel('New owner').fill(developmentAccount({ chainId: 31_337, index: 7 }).address)
        await page.getByRole('button', { name: 'Offer it' }).click()
        await page.getByRole('button', { name: 'Take the offer back' }).click()
        await page.getByLabel('New owner').waitFor()
        assert.equal((await readModel()).offeredTo, zeroAddress)

        await page.getByRole('tab', { name: 'Retire' }).click()
        await assertAccessible(page)
        await page.getByLabel(/take no new orders/).check()
        await page.getByRole('button', { name: 'Retire it for good' }).click()
        await page.getByText('It is retired').waitFor()
      },
      walletOf(accounts.modelOwner),
    )
    assert.equal((await readModel()).deprecated, true)
    await visit({ width: 1440, theme: 'light' }, `model/?id=${modelId}`, async (page) => {
      await page.getByText('Its owner has retired it').waitFor()
    })
  })

  test('error: a record that is none is said not to be', async () => {
    const { manifestCid } = await readModel()
    await visit({ width: 1440, theme: 'light' }, `owner/?ceremony=${manifestCid}`, async (page) => {
      await page.getByText('The record cannot be read.').waitFor()
    })
  })

  function readModel() {
    return getModel(connectNetwork(devnet.network), { deployment: devnet.network, modelId })
  }
})
