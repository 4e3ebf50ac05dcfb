import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connectNetwork } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { getJob } from '@assay/sdk/getJob'
import type { Browser, Page } from 'playwright-core'
import { type Hex, isAddressEqual } from 'viem'
import { fixtureModels } from '../../scripts/devnet/fixtureModels.ts'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { assertAccessible, launchBrowser, newPage, photograph } from './browser.ts'
import { startRemoteWallet } from './remoteWallet.ts'
import { startRelay } from './startRelay.ts'

const { address } = developmentAccount({ chainId: 31_337, index: 8 })
const projectId = '00000000000000000000000000000000'

describe('a wallet on another device', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-walletconnect-'))
  let devnet: Devnet
  let browser: Browser
  let relay: Awaited<ReturnType<typeof startRelay>>
  let wallet: Awaited<ReturnType<typeof startRemoteWallet>>

  before(async () => {
    relay = await startRelay()
    const ports = portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000)))
    devnet = await startDevnet({ folder, ports, models: fixtureModels.slice(0, 1) })
    browser = await launchBrowser()
    const parts = { relay: { projectId, relayUrl: relay.url }, network: devnet.network }
    wallet = await startRemoteWallet(parts, { address, reject: [] })
  })

  after(async () => {
    await wallet?.stop()
    await browser?.close()
    await devnet?.stop()
    await relay?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function visit(width: 390 | 1440, act: (page: Page) => Promise<void>) {
    const { page, complaints } = await newPage(browser, { width, theme: 'light' })
    // A browser on a machine without a network says that it is offline, and WalletConnect then tries no relay, not even one on that machine.
    await page.addInitScript(() => Object.defineProperty(navigator, 'onLine', { get: () => true }))
    await page.route('**/network.json', async (route) => {
      const named = { ...devnet.network, walletConnect: { projectId, relayUrl: relay.url } }
      await route.fulfill({ json: named })
    })
    try {
      await page.goto(devnet.appUrl)
      await act(page)
      assert.deepEqual(complaints, [])
    } catch (error) {
      await photograph(page, 'failed-walletconnect')
      throw error
    } finally {
      await page.context().close()
    }
  }

  /** Opens the pairing and hands its link to the wallet, as somebody who scans the code does. */
  async function scan(page: Page) {
    await page.getByRole('button', { name: 'Connect wallet' }).click()
    await page.getByRole('button', { name: /WalletConnect/ }).click()
    await page.getByRole('img', { name: 'The code to scan' }).waitFor()
    await assertAccessible(page)
    const uri = await page.getByRole('link', { name: 'Open a wallet on this device' }).getAttribute('href')
    assert.ok(uri)
    await wallet.pair(uri)
  }

  for (const width of [390, 1440] as const) {
    test(`behavior: it scans a code, pays for a job, is still there after a reload, and ends the connection itself, at ${width} px`, async () => {
      await visit(width, async (page) => {
        await scan(page)
        await page.getByRole('button', { name: 'Disconnect' }).waitFor()
        await page.getByRole('button', { name: 'Sample digit 3' }).click()
        await page.getByRole('button', { name: /^Ask and pay/ }).click()
        await page.waitForURL(/\/job\/\?id=0x/)
        assert.ok(wallet.asked.includes('eth_sendTransaction'))
        // The address that was waited for ends with it.
        const jobId = page.url().slice(-66) as Hex
        const job = await getJob(connectNetwork(devnet.network), { deployment: devnet.network, jobId })
        assert.ok(isAddressEqual(job.order.requester, address))

        await page.reload()
        await page.getByRole('button', { name: 'Disconnect' }).waitFor()
        await wallet.endSessions()
        await page.getByRole('button', { name: 'Connect wallet' }).waitFor()
      })
    })
  }

  test('behavior: a wallet that ends the connection while a page starts is heard once', async () => {
    await visit(390, async (page) => {
      await scan(page)
      await page.getByRole('button', { name: 'Disconnect' }).waitFor()
      await page.reload()
      await page.getByRole('button', { name: 'Disconnect' }).waitFor()
      // The page's answer is under way when the library looks through what it has not answered, a second after its start.
      relay.acknowledgeAfter(2000)
      await wallet.endSessions()
      await page.getByRole('button', { name: 'Connect wallet' }).waitFor()
    })
    relay.acknowledgeAfter(0)
  })

  test('error: a pairing that the wallet rejects is said to be rejected', async () => {
    wallet.reject.push('session')
    await visit(390, async (page) => {
      await scan(page)
      await page.getByText('Nothing was sent and nothing was paid').waitFor()
    })
    wallet.reject.pop()
  })
})
