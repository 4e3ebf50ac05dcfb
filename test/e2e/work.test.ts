import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { accessManagerAbi } from '@assay/sdk/abi/accessManager'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { addressIn, connectNetwork } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { executeOperation } from '@assay/sdk/executeOperation'
import { getFee } from '@assay/sdk/getFee'
import type { Job } from '@assay/sdk/getJob'
import { getWorker } from '@assay/sdk/getWorker'
import type { Browser, Page } from 'playwright-core'
import { type Address, decodeFunctionData, encodeDeployData, encodeFunctionData, type Hex, parseEther } from 'viem'
import { sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import { roles } from '../../deploy/roles.ts'
import { accounts } from '../../scripts/devnet/accounts.ts'
import { fixtureModels } from '../../scripts/devnet/fixtureModels.ts'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { runDigitJob } from '../../scripts/devnet/runDigitJob.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { loadMnist } from '../../scripts/mnist.ts'
import { assertAccessible, connectDevelopmentWallet, type Look, launchBrowser, newPage, photograph } from './browser.ts'

const day = 86_400

describe('the worker’s page and governance on a devnet', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-work-'))
  let devnet: Devnet
  let browser: Browser
  let settled: Job

  before(async () => {
    const ports = portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000)))
    devnet = await startDevnet({ folder, ports, models: fixtureModels.slice(0, 1) })
    browser = await launchBrowser()
    const digit = loadMnist().heldOut[0]
    const [published] = devnet.models
    assert.ok(digit && published)
    settled = (await runDigitJob({ digit, published }, devnet, new AbortController().signal)).job
  })

  after(async () => {
    await browser?.close()
    await devnet?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const accountAt = (index: number) => developmentAccount({ chainId: devnet.network.chainId, index })
  const client = (index: number) => connectNetwork(devnet.network, accountAt(index))

  async function visit(look: Look, address: string, act: (page: Page) => Promise<void>) {
    const { page, complaints } = await newPage(browser, look)
    try {
      await page.goto(`${devnet.appUrl}/${address}`)
      await act(page)
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true)
      await assertAccessible(page)
      assert.deepEqual(complaints, [])
    } catch (error) {
      await photograph(page, 'failed-work')
      throw error
    } finally {
      await page.context().close()
    }
  }

  /** Waits until a figure of the page is an amount in wei. */
  const figure = (page: Page, name: string, wei: bigint) =>
    page.locator(`[data-figure=${name}] [data-wei="${wei}"]`).waitFor()

  for (const width of [390, 1440] as const) {
    test(`behavior: S1-UI-1 a worker’s page shows its stake, earnings, jobs and machine to everybody, at ${width} px`, async () => {
      const worker = accountAt(accounts.worker).address
      await visit({ width, theme: 'light' }, `worker/?address=${worker}`, async (page) => {
        await figure(page, 'free', parseEther('10'))
        await figure(page, 'earned', settled.payout?.workerShare ?? 0n)
        await page.locator(`a[href*="${settled.jobId}"]`).waitFor()
        await page.getByText('It never lost a part of its stake.').waitFor()
        assert.equal(await page.getByRole('button', { name: 'Start unbonding' }).count(), 0)

        await page.getByLabel('Address of its status server').fill(devnet.statusUrl)
        await page.getByRole('button', { name: 'Ask the machine' }).click()
        await page.locator('[data-machine=ready]').waitFor()
        assert.equal(await page.locator('[data-dependency]').count(), 6)
        await page.getByText('The same as a table').click()
        await page.getByRole('table', { name: 'Earnings over time' }).waitFor()
      })
    })
  }

  test('error: a machine that is not there is said not to answer, and what a browser needs beside that', async () => {
    const { page } = await newPage(browser, { width: 390, theme: 'dark' })
    await page.goto(`${devnet.appUrl}/worker/?address=${accountAt(accounts.worker).address}`)
    await page.getByLabel('Address of its status server').fill('http://127.0.0.1:1')
    await page.getByRole('button', { name: 'Ask the machine' }).click()
    await page.getByText('it does not answer').waitFor()
    await page.getByText('http.allowedOrigins').waitFor()
    await page.context().close()
  })

  test('behavior: S1-UI-1 an account registers, adds stake, unbonds, and withdraws when the time has come', async () => {
    const operator = accountAt(accounts.page).address
    const read = () => getWorker(client(accounts.page), { deployment: devnet.network, operator })
    await visit({ width: 390, theme: 'light' }, 'worker/', async (page) => {
      await connectDevelopmentWallet(page)
      await page.getByLabel('Stake').fill('0.01')
      await page.getByText('The least stake is 0.1 ETH.').waitFor()
      await page.getByLabel('Stake').fill('2')
      await page.getByRole('button', { name: 'Register as a worker' }).click()
      await figure(page, 'free', parseEther('2'))

      await page.getByLabel('Add stake').fill('1.5')
      await page.getByRole('button', { name: 'Add it' }).click()
      await figure(page, 'free', parseEther('3.5'))

      await page.getByLabel('Take stake out').fill('9')
      await page.getByText('Only 3.5 ETH are free.').waitFor()
      await page.getByLabel('Take stake out').fill('3')
      await page.getByRole('button', { name: 'Start unbonding' }).click()
      await figure(page, 'unbonding', parseEther('3'))
      await page.getByText(/^for another (6|7) d, until /).waitFor()
      assert.equal(await page.getByRole('button', { name: 'Withdraw 3 ETH' }).count(), 0)
    })
    assert.deepEqual(await read().then((worker) => [worker?.free, worker?.unbonding]), [
      parseEther('0.5'),
      parseEther('3'),
    ])

    await passTime(7 * day + 1)
    await visit({ width: 1440, theme: 'dark' }, 'worker/', async (page) => {
      await connectDevelopmentWallet(page)
      await page.getByText('can be withdrawn now').waitFor()
      await page.getByRole('button', { name: 'Withdraw 3 ETH' }).click()
      await figure(page, 'unbonding', 0n)

      const signer = accountAt(9).address
      await page.getByLabel('New signer').fill(signer)
      await page.getByRole('button', { name: 'Replace the signer' }).click()
      await page.getByTitle(signer).waitFor()
    })
    assert.deepEqual(await read().then((worker) => [worker?.unbonding, worker?.signer]), [0n, accountAt(9).address])
  })

  test('behavior: a fee change waits in the timelock, is carried out when it is due, and counts; another is cancelled', async () => {
    await grant({ role: roles.feeSetter, account: accountAt(accounts.page).address, delaySeconds: 2 * day })
    await visit({ width: 390, theme: 'light' }, 'governance/', async (page) => {
      await connectDevelopmentWallet(page)
      await page.getByLabel('New fee').fill('6')
      await page.getByText('The contract’s cap is 5 %.').waitFor()
      await page.getByLabel('New fee').fill('3')
      await page.getByRole('button', { name: 'Schedule the change' }).click()
      await page.locator('[data-operation=waiting]', { hasText: 'Set the fee of new orders to 3 %' }).waitFor()
      assert.equal(await page.getByRole('button', { name: 'Carry it out' }).count(), 0)
      assert.match((await page.locator('[data-power=fee]').textContent()) ?? '', /You.*after 2 d/)
    })
    assert.equal(await getFee(client(0), { deployment: devnet.network }), 250)

    await passTime(2 * day + 1)
    await visit({ width: 1440, theme: 'light' }, 'governance/', async (page) => {
      await page.locator('[data-operation=ready]').waitFor()
      assert.equal(await page.getByRole('button', { name: 'Carry it out' }).count(), 0)
      await connectDevelopmentWallet(page)
      await page.getByRole('button', { name: 'Carry it out' }).click()
      await page.locator('[data-figure=fee]', { hasText: '3 %' }).waitFor()
      await page.getByRole('row', { name: /to 3 % Carried out/ }).waitFor()

      await page.getByLabel('New fee').fill('4')
      await page.getByRole('button', { name: 'Schedule the change' }).click()
      await page.getByRole('button', { name: 'Cancel it' }).click()
      await page.getByRole('row', { name: /to 4 % Cancelled/ }).waitFor()
    })
    assert.equal(await getFee(client(0), { deployment: devnet.network }), 300)
  })

  test('behavior: a guardian pauses at once, and everybody sees that the market is paused', async () => {
    await grant({ role: roles.guardian, account: accountAt(accounts.page).address, delaySeconds: 0 })
    await visit({ width: 390, theme: 'dark' }, 'governance/', async (page) => {
      await connectDevelopmentWallet(page)
      await page.getByRole('button', { name: 'Pause the market now' }).click()
      await page.getByText('Paused', { exact: true }).waitFor()
      await page.getByText('ending a pause is up to others').waitFor()
    })
    const { jobMarket } = devnet.network.addresses
    const unpause = encodeFunctionData({ abi: jobMarketAbi, functionName: 'setPaused', args: [false] })
    await executeOperation(client(accounts.platform), { deployment: devnet.network, target: jobMarket, data: unpause })
    await visit({ width: 390, theme: 'light' }, 'governance/', (page) =>
      page.getByText('Open', { exact: true }).waitFor(),
    )
  })

  test('behavior: where an account of several signers holds the role, the page says what they have to sign', async () => {
    const ownerAccount = await deployOwner()
    await grant({ role: roles.feeSetter, account: ownerAccount, delaySeconds: 2 * day })
    const { page } = await newPage(browser, { width: 390, theme: 'light' })
    const network = { ...devnet.network, addresses: { ...devnet.network.addresses, ownerAccount } }
    await page.route('**/network.json', (route) => route.fulfill({ json: network }))
    await page.goto(`${devnet.appUrl}/governance/`)
    await page.getByText('2 of its 3 signers').waitFor()
    await page.getByLabel('New fee').fill('1.25')

    const data = await page.locator('[data-owner-call] button[aria-label^="Copy call data"]').getAttribute('title')

    await assertAccessible(page)
    await page.context().close()
    // The button's title is the hex that it copies.
    const scheduled = decodeFunctionData({ abi: accessManagerAbi, data: data as Hex })
    const setFee = encodeFunctionData({ abi: jobMarketAbi, functionName: 'setFeeBps', args: [125] })
    assert.deepEqual([scheduled.functionName, scheduled.args], ['schedule', [network.addresses.jobMarket, setFee, 0]])
  })

  /** The platform's account, which administers a local market, gives a role. */
  async function grant({ role, account, delaySeconds }: { role: number; account: Address; delaySeconds: number }) {
    await executeOperation(client(accounts.platform), {
      deployment: devnet.network,
      target: addressIn(devnet.network, 'accessManager'),
      data: encodeFunctionData({
        abi: accessManagerAbi,
        functionName: 'grantRole',
        args: [BigInt(role), account, delaySeconds],
      }),
    })
  }

  async function deployOwner(): Promise<Address> {
    const artifact = path.join(
      import.meta.dirname,
      '../../artifacts/contracts/governance/OwnerAccount.sol/OwnerAccount.json',
    )
    const { abi, bytecode } = JSON.parse(readFileSync(artifact, 'utf8'))
    const signers = [6, 7, 8].map((index) => accountAt(index).address)
    const data = encodeDeployData({ abi, bytecode, args: [signers, 2n] })
    const account = accountAt(accounts.platform)
    const platform = client(accounts.platform)
    const hash = await sendTransaction(platform, { account, data, chain: platform.chain ?? null })
    const { contractAddress } = await waitForTransactionReceipt(platform, { hash })
    return contractAddress ?? assert.fail('the account is deployed')
  }

  /** Lets the chain's clock run ahead, as its own method and none that viem types. */
  async function passTime(seconds: number) {
    for (const [method, params] of [
      ['evm_increaseTime', [seconds]],
      ['evm_mine', []],
    ]) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const headers = { 'content-type': 'application/json' }
      assert.ok((await fetch(devnet.network.rpcUrl, { method: 'POST', headers, body })).ok)
    }
  }
})
