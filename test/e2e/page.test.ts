import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { OrderTerms } from '@assay/sdk/buildOrder'
import { addContent } from '@assay/sdk/content'
import { connectNetwork, type Network } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { encodeInput } from '@assay/sdk/encodeInput'
import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getJob, type Job } from '@assay/sdk/getJob'
import { listModels } from '@assay/sdk/listModels'
import { requestJob } from '@assay/sdk/requestJob'
import { watchJob } from '@assay/sdk/watchJob'
import type { Browser, Page } from 'playwright-core'
import { parseEther } from 'viem'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { loadMnist } from '../../scripts/mnist.ts'
import {
  assertAccessible,
  connectDevelopmentWallet,
  drawStroke,
  type Look,
  launchBrowser,
  newPage,
  photograph,
} from './browser.ts'
import { injectWallet } from './injectedWallet.ts'

const seven = [
  [0.3, 0.25],
  [0.7, 0.25],
  [0.45, 0.8],
] as const

describe('the page on a devnet', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-page-'))
  let devnet: Devnet
  let browser: Browser
  let settled: Job

  before(async () => {
    devnet = await startDevnet({ folder, ports: portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000))) })
    browser = await launchBrowser()
    settled = await settleJob(devnet)
  })

  after(async () => {
    await browser?.close()
    await devnet?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Opens the page in a browser of its own, lets the test act, and fails when the page complained of anything. */
  async function visit(look: Look, address: string, act: (page: Page) => Promise<void>) {
    const { page, complaints } = await newPage(browser, look)
    try {
      await page.goto(`${devnet.appUrl}/${address}`)
      await act(page)
      assert.deepEqual(complaints, [])
    } catch (error) {
      await photograph(page, 'failed')
      throw error
    } finally {
      await page.context().close()
    }
  }

  for (const width of [1440, 390] as const) {
    test(`behavior: a drawn digit is asked, paid, proved, shown and verified at ${width} px`, async () => {
      await visit({ width, theme: 'light' }, '', async (page) => {
        await page.getByRole('radio').first().waitFor()
        await photograph(page, `ask-${width}`)
        await assertAccessible(page)
        await connectDevelopmentWallet(page)
        await drawStroke(page, seven)
        await photograph(page, `drawn-${width}`)

        await page.getByRole('button', { name: /^Ask and pay [\d.]+ ETH$/ }).click()
        await page.locator('[data-stage=Settled][data-state=done]').waitFor()

        assert.equal(await page.locator('[data-answer]').getAttribute('data-answer'), '7')
        assert.match(page.url(), /\/job\/\?id=0x[0-9a-f]{64}$/)
        for (const name of ['Requested', 'Claimed', 'Proved', 'Settled']) {
          assert.match(await page.locator(`[data-stage=${name}]`).innerText(), /Transaction 0x/)
        }
        assert.equal(await paidSum(page), await escrowOf(page))

        await page.getByRole('button', { name: 'Verify in this browser' }).click()
        await page.locator('[data-outcome=verified]').waitFor()
        assert.equal(await page.locator('[data-check][data-outcome=held]').count(), 12)
        await photograph(page, `settled-${width}`)
        await assertAccessible(page)
      })
    })
  }

  test('behavior: a sample digit can be asked with the keyboard alone', async () => {
    await visit({ width: 1440, theme: 'dark' }, '', async (page) => {
      await connectDevelopmentWallet(page)
      await page.getByRole('button', { name: 'Sample digit 3' }).press('Enter')
      await page.getByRole('button', { name: /^Ask and pay/ }).press('Enter')
      await page.locator('[data-stage=Settled][data-state=done]').waitFor()
      assert.equal(await page.locator('[data-answer]').count(), 1)
    })
  })

  test('behavior: the address of a job shows it to anybody, without a wallet and after a reload', async () => {
    await visit({ width: 1440, theme: 'dark' }, `job/?id=${settled.jobId}`, async (page) => {
      await page.locator('[data-answer]').waitFor()
      await page.reload()
      await page.locator('[data-answer]').waitFor()
      assert.equal(await page.locator('[data-stage][data-state=done]').count(), 4)
    })
  })

  test('behavior: an address from before jobs had a page leads to the job', async () => {
    await visit({ width: 1440, theme: 'light' }, `#job=${settled.jobId}`, async (page) => {
      await page.locator('[data-answer]').waitFor()
      assert.match(page.url(), /\/job\/\?id=0x[0-9a-f]{64}$/)
    })
  })

  test('behavior: a job that no worker takes can be cancelled, and its money withdrawn', async () => {
    const jobId = await askNobody(devnet, 600)
    await visit({ width: 390, theme: 'light' }, `job/?id=${jobId}`, async (page) => {
      await connectDevelopmentWallet(page)
      await photograph(page, 'waiting-390')
      await page.getByRole('button', { name: 'Cancel this job' }).click()
      await page.locator('[data-stage=Cancelled]').waitFor()
      await photograph(page, 'cancelled-390')

      await page.getByRole('button', { name: 'Withdraw to your wallet' }).click()
      await page.getByText('in the market.').waitFor({ state: 'detached' })
    })
  })

  test('behavior: after the deadline anybody can return the escrow of a job that no worker took', async () => {
    const jobId = await askNobody(devnet, 15)
    await visit({ width: 1440, theme: 'light' }, `job/?id=${jobId}`, async (page) => {
      await connectDevelopmentWallet(page)
      const refund = page.getByRole('button', { name: 'Return the escrow' })
      await refund.waitFor()
      await refund.click()
      await page.locator('[data-stage=Refunded]').waitFor()
      await assertAccessible(page)
    })
  })

  test('error: a request that the wallet rejects is said to have cost nothing', async () => {
    const { address } = developmentAccount({ chainId: 31_337, index: 5 })
    await withInjectedWallet({ address, chainId: 31_337, reject: ['eth_sendTransaction'] }, async (page) => {
      await page.getByRole('button', { name: 'Sample digit 7' }).click()
      await page.getByRole('button', { name: /^Ask and pay/ }).click()

      await page.locator('main [role=alert]').waitFor()
      assert.match(await page.locator('main [role=alert]').innerText(), /rejected .* nothing was paid/i)
      assert.equal(await page.getByRole('button', { name: /^Ask and pay/ }).isEnabled(), true)
    })
  })

  test('error: a wallet on another network is asked to switch', async () => {
    const { address } = developmentAccount({ chainId: 31_337, index: 5 })
    await withInjectedWallet({ address, chainId: 1, reject: [] }, async (page) => {
      await page.getByText('Your wallet is on another network').waitFor()
      await page.getByRole('button', { name: 'Switch to devnet' }).click()
      await page.getByRole('button', { name: 'Draw a digit to ask' }).waitFor()
    })
  })

  test('error: an account without funds is told what it needs', async () => {
    const address = '0x00000000000000000000000000000000000A55a1'
    await withInjectedWallet({ address, chainId: 31_337, reject: [] }, async (page) => {
      await page.getByText(/This account holds 0 ETH, and asking needs/).waitFor()
      assert.equal(await page.getByRole('button', { name: 'Not enough funds' }).isDisabled(), true)
    })
  })

  test('error: a chain that is down is named, and trying again helps when it is back', async () => {
    const { page } = await newPage(browser, { width: 390, theme: 'dark' })
    await page.route(`${devnet.network.rpcUrl}/**`, (route) => route.abort())
    await page.goto(devnet.appUrl)
    await page.getByText('No chain answers at').waitFor()
    await photograph(page, 'chain-down-390')
    await assertAccessible(page)

    await page.unrouteAll()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('radio').first().waitFor()
    await page.context().close()
  })

  test('error: a job that does not exist is said not to', async () => {
    await visit({ width: 1440, theme: 'light' }, `job/?id=0x${'12'.repeat(32)}`, async (page) => {
      await page.locator('main [role=alert]').waitFor()
      assert.match(await page.locator('main [role=alert]').innerText(), /^No job 0x1212…1212 was requested/)
    })
  })

  test('soundness: an input that the gateway swapped is shown red', async () => {
    const { page } = await newPage(browser, { width: 1440, theme: 'light' })
    const input = await firstInput(devnet.network)
    await page.route(`**/ipfs/${input.cid}?*`, (route) =>
      route.fulfill({ body: Buffer.from(input.bytes).fill(1, 100, 101) }),
    )
    assert.deepEqual(await redSteps(page), ['input'])
    await photograph(page, 'refuted-1440')
    await assertAccessible(page)
    await page.context().close()
  })

  test('soundness: an answer that the node edited in its event is shown red', async () => {
    const { page } = await newPage(browser, { width: 1440, theme: 'light' })
    await editAnswer(page, ['eth_getLogs'])
    assert.deepEqual(await redSteps(page), ['answer'])
    // The page goes on asking; an answer that is on its way is not edited any more.
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.context().close()
  })

  test('soundness: an answer that the node edited wherever it stands fails the proof itself', async () => {
    const { page } = await newPage(browser, { width: 1440, theme: 'light' })
    await editAnswer(page, ['eth_getLogs', 'eth_getTransactionByHash'])
    assert.deepEqual(await redSteps(page), ['proof'])
    // The page goes on asking; an answer that is on its way is not edited any more.
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.context().close()
  })

  /** Verifies the settled job in the page, and names the steps that it shows red. */
  async function redSteps(page: Page): Promise<(string | null)[]> {
    await page.goto(`${devnet.appUrl}/job/?id=${settled.jobId}`)
    await page.getByRole('button', { name: 'Verify in this browser' }).click()
    await page.locator('[data-outcome=refuted]').waitFor()
    assert.equal(await page.locator('[data-outcome=verified]').count(), 0)
    const failed = await page.locator('[data-check][data-outcome=failed]').all()
    return Promise.all(failed.map((step) => step.getAttribute('data-check')))
  }

  /** Lets the node of this page lie: the first score of the settled job's answer is another in what these methods return. */
  async function editAnswer(page: Page, methods: string[]) {
    const word = settled.answer?.outputs[0]
    assert.ok(word !== undefined)
    const hex = (value: bigint) => value.toString(16).padStart(64, '0')
    await page.route(`${devnet.network.rpcUrl}/**`, async (route) => {
      const response = await route.fetch()
      const body = await response.text()
      const asked = methods.some((method) => route.request().postData()?.includes(`"${method}"`))
      await route.fulfill({ response, body: asked ? body.replaceAll(hex(word), hex(word ^ 0xff00n)) : body })
    })
  }

  async function withInjectedWallet(
    wallet: { address: string; chainId: number; reject: string[] },
    act: (page: Page) => Promise<void>,
  ) {
    const { page, complaints } = await newPage(browser, { width: 1440, theme: 'light' })
    await injectWallet(page, { ...wallet, name: 'Test wallet', rpcUrl: devnet.network.rpcUrl })
    await page.goto(devnet.appUrl)
    await page.getByRole('button', { name: 'Connect wallet' }).click()
    await page.getByRole('button', { name: /Test wallet/ }).click()
    await page.getByRole('button', { name: 'Disconnect' }).waitFor()
    await act(page)
    assert.deepEqual(complaints, [])
    await page.context().close()
  }
})

/** The amounts in the page's list of payouts, exact, added up. */
async function paidSum(page: Page): Promise<bigint> {
  const amounts = await page.locator('[data-payout] [data-wei]').all()
  assert.equal(amounts.length, 4)
  const wei = await Promise.all(amounts.map((amount) => amount.getAttribute('data-wei')))
  return wei.reduce((sum, amount) => sum + BigInt(amount ?? 0), 0n)
}

async function escrowOf(page: Page): Promise<bigint> {
  return BigInt((await page.locator('[data-escrow] [data-wei]').getAttribute('data-wei')) ?? 0)
}

/** The question that the jobs of these tests ask: the first held-out digit, for the newest model. */
async function firstInput(network: Network) {
  const { models } = await listModels(connectNetwork(network), { deployment: network })
  const [model] = models
  const [digit] = loadMnist().heldOut
  assert.ok(model && digit)
  const manifest = await fetchManifest({ gatewayUrl: network.gatewayUrl, model })
  return { modelId: model.modelId, ...(await encodeInput(manifest.input, digit.pixels)) }
}

/** Requests a job that only an account that is no worker may claim, from the page's own account. */
async function askNobody({ network }: Devnet, claimSeconds: number) {
  const nobody = developmentAccount({ chainId: network.chainId, index: 9 }).address
  return ask(network, { accountIndex: 4, terms: { allowedWorker: nobody, claimSeconds } })
}

/** Asks a held-out digit without the page, and waits until it is settled. */
async function settleJob({ network }: Devnet): Promise<Job> {
  const client = connectNetwork(network)
  const jobId = await ask(network, { accountIndex: 1, terms: {} })
  for await (const event of watchJob(client, { deployment: network, jobId })) {
    if (event.name === 'JobSettled') return getJob(client, { deployment: network, jobId })
  }
  throw new Error(`Job ${jobId} ended without an answer; read the worker's log.`)
}

async function ask(network: Network, { accountIndex, terms }: { accountIndex: number; terms: Partial<OrderTerms> }) {
  const client = connectNetwork(network, developmentAccount({ chainId: network.chainId, index: accountIndex }))
  const { modelId, ...input } = await firstInput(network)
  await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })
  const order = { modelId, input, maxPrice: parseEther('0.01'), ...terms }
  return (await requestJob(client, { deployment: network, terms: order })).jobId
}
