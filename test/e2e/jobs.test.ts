import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { challengeJob } from '@assay/sdk/challengeJob'
import { claimJob } from '@assay/sdk/claimJob'
import { addContent } from '@assay/sdk/content'
import { addressIn, connectNetwork } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { encodeInput } from '@assay/sdk/encodeInput'
import type { Job } from '@assay/sdk/getJob'
import { encodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import { registerWorker } from '@assay/sdk/registerWorker'
import { requestJob } from '@assay/sdk/requestJob'
import { signAnswer } from '@assay/sdk/signAnswer'
import { submitResult } from '@assay/sdk/submitResult'
import type { Browser, Page } from 'playwright-core'
import { parseEther } from 'viem'
import { getTransaction } from 'viem/actions'
import { fixtureModels } from '../../scripts/devnet/fixtureModels.ts'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { runDigitJob } from '../../scripts/devnet/runDigitJob.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { loadMnist } from '../../scripts/mnist.ts'
import { assertAccessible, connectDevelopmentWallet, type Look, launchBrowser, newPage, photograph } from './browser.ts'

const terms = { windowSeconds: 3600, defenceSeconds: 1800, challengeBond: parseEther('0.02') }
/** A registered worker of the test's own, which the devnet's worker leaves such jobs to. */
const optimist = 6

describe('jobs, disputes and the network on a devnet', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-jobs-'))
  let devnet: Devnet
  let browser: Browser
  let settled: Job

  before(async () => {
    const ports = portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000)))
    devnet = await startDevnet({ folder, ports, models: fixtureModels.slice(0, 1) })
    browser = await launchBrowser()
    settled = await settle(0)
    await registerWorker(client(optimist), { deployment: devnet.network, stake: parseEther('5') })
  })

  after(async () => {
    await browser?.close()
    await devnet?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const client = (index: number) =>
    connectNetwork(devnet.network, developmentAccount({ chainId: devnet.network.chainId, index }))

  async function settle(index: number): Promise<Job> {
    const digit = loadMnist().heldOut[index]
    const [published] = devnet.models
    assert.ok(digit && published)
    return (await runDigitJob({ digit, published }, devnet, new AbortController().signal)).job
  }

  /** An optimistic job of the first digit, answered as the settled one was, or wrongly. */
  async function answered(wrongBy: bigint) {
    const { network, models } = devnet
    const digit = loadMnist().heldOut[0]
    const [published] = models
    assert.ok(digit && published && settled.answer)
    const input = await encodeInput(published.manifest.input, digit.pixels)
    await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })
    const assurance = addressIn(network, 'optimisticAssurance')
    const { jobId, order } = await requestJob(client(5), {
      deployment: network,
      terms: {
        modelId: published.model.modelId,
        input,
        maxPrice: parseEther('0.01'),
        assurance,
        assuranceData: encodeOptimisticTerms(terms),
        finalSeconds: 10_000,
      },
    })
    const { worker } = await claimJob(client(optimist), { deployment: network, order })
    const outputs = settled.answer.outputs.map((word, index) => (index === 0 ? word ^ wrongBy : word))
    const evidence = await signAnswer(client(optimist), { assurance, jobId, worker, outputs })
    await submitResult(client(optimist), { deployment: network, order, outputs, evidence })
    return { jobId, order }
  }

  async function visit(look: Look, address: string, act: (page: Page) => Promise<void>) {
    const { page, complaints } = await newPage(browser, look)
    try {
      await page.goto(`${devnet.appUrl}/${address}`)
      await act(page)
      assert.deepEqual(complaints, [])
    } catch (error) {
      await photograph(page, 'failed-jobs')
      throw error
    } finally {
      await page.context().close()
    }
  }

  for (const width of [390, 1440] as const) {
    test(`behavior: a settled job shows its stages, input, answer, payouts and order, and verifies, at ${width} px`, async () => {
      await visit({ width, theme: 'light' }, `job/?id=${settled.jobId}`, async (page) => {
        await page.getByRole('img', { name: 'The image that was asked about' }).waitFor()
        await page.locator('[data-mark=proved]').waitFor()
        assert.equal(await page.locator('[data-stage][data-state=done]').count(), 4)
        assert.equal(
          await page.locator('[data-payout=Worker] dd [data-wei]').getAttribute('data-wei'),
          String(settled.payout?.workerShare),
        )
        await page.getByRole('heading', { name: 'The order' }).waitFor()

        await page.getByRole('button', { name: 'Verify in this browser' }).click()
        await page.locator('[data-outcome=verified]').waitFor()
        assert.equal(await page.locator('[data-check][data-outcome=held]').count(), 12)
        await assertAccessible(page)
      })
    })

    test(`soundness: a proof that the node edited is shown red at its step, at ${width} px`, async () => {
      const { page } = await newPage(browser, { width, theme: 'dark' })
      const { hash } = settled.answer ?? assert.fail('the job is answered')
      const { input } = await getTransaction(client(1), { hash })
      // The proof's last word is the end of the calldata.
      const edited = `${input.slice(0, -1)}${input.endsWith('0') ? '1' : '0'}`
      await page.route(`${devnet.network.rpcUrl}/**`, async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, body: (await response.text()).replaceAll(input, edited) })
      })

      await page.goto(`${devnet.appUrl}/job/?id=${settled.jobId}`)
      await page.getByRole('button', { name: 'Verify in this browser' }).click()
      await page.locator('[data-outcome=refuted]').waitFor()

      const failed = await page.locator('[data-check][data-outcome=failed]').all()
      assert.deepEqual(await Promise.all(failed.map((step) => step.getAttribute('data-check'))), ['proof'])
      assert.equal(await page.locator('[data-outcome=verified]').count(), 0)
      // The page goes on asking; an answer that is on its way is not edited any more.
      await page.unrouteAll({ behavior: 'ignoreErrors' })
      await page.context().close()
    })
  }

  test('behavior: S1-UI-1 the feed of the network shows a job that settles while the reader looks', async () => {
    await visit({ width: 390, theme: 'light' }, 'network/', async (page) => {
      await page.locator(`[data-settled="${settled.jobId}"]`).waitFor()
      const known = Number(await page.locator('[data-figure=settled]').innerText())

      const { jobId } = await settle(1)
      await page.locator(`[data-settled="${jobId}"]`).waitFor()

      await page.locator('[data-figure=settled]', { hasText: String(known + 1) }).waitFor()
      await assertAccessible(page)
    })
  })

  test('behavior: the list of jobs keeps to a state and to the connected account', async () => {
    const { jobId } = await answered(0n)
    await visit({ width: 1440, theme: 'light' }, 'jobs/', async (page) => {
      await page.locator(`a[href*="${settled.jobId}"]`).waitFor()
      await page.getByLabel('State').selectOption('Answered')
      await page.locator(`a[href*="${jobId}"]`).waitFor()
      assert.equal(await page.locator(`a[href*="${settled.jobId}"]`).count(), 0)
      assert.match(page.url(), /state=Answered/)

      await connectDevelopmentWallet(page)
      await page.getByRole('button', { name: 'Only mine' }).click()
      await page.getByText('No job is like that').waitFor()
    })
  })

  for (const width of [390, 1440] as const) {
    test(`behavior: a challenged answer says what each side must do by when, on both pages, at ${width} px`, async () => {
      const { jobId, order } = await answered(7n)
      await challengeJob(client(5), { deployment: devnet.network, order })

      await visit({ width, theme: 'dark' }, 'disputes/', async (page) => {
        const dispute = page.locator(`[data-job="${jobId}"]`)
        await dispute.getByText('Must bring a proof of its answer').waitFor()
        assert.match(await dispute.innerText(), /Worker\s+by .*\n.*loses its bond of 0\.01 ETH/)
        await assertAccessible(page)
        await dispute.getByRole('link', { name: /^Job 0x/ }).click()

        await page.locator('[data-dispute=defence]').waitFor()
        assert.equal(await page.locator('[data-stage=Challenged][data-state=done]').count(), 1)
        await page.getByRole('button', { name: 'Run the model in this browser' }).click()
        await page.locator('[data-recomputed=different]').waitFor()
        await assertAccessible(page)
      })
    })
  }

  test('behavior: a reader runs the model, challenges a wrong answer, has it decided, and fetches the bond', async () => {
    const { jobId } = await answered(1n)
    await visit({ width: 390, theme: 'light' }, `job/?id=${jobId}`, async (page) => {
      await page.locator('[data-mark=waiting]').waitFor()
      await page.getByRole('button', { name: 'Run the model in this browser' }).click()
      await page.locator('[data-recomputed=different]').waitFor()
      await connectDevelopmentWallet(page)
      await page.getByRole('button', { name: 'Challenge with 0.02 ETH' }).click()
      await page.locator('[data-dispute=defence]').waitFor()

      await passTime(terms.defenceSeconds + 1)
      await page.getByRole('button', { name: 'Have the contract decide' }).click()
      await page.locator('[data-stage=Refunded]', { hasText: 'A worker’s answer was not defended' }).waitFor()
    })
    await visit({ width: 1440, theme: 'light' }, 'disputes/', async (page) => {
      await connectDevelopmentWallet(page)
      await page.getByRole('button', { name: 'Withdraw to your wallet' }).click()
      await page.getByRole('heading', { name: 'Yours to fetch' }).waitFor({ state: 'detached' })
      await page
        .getByRole('row', { name: /The answer fell/ })
        .first()
        .waitFor()
      await assertAccessible(page)
    })
  })

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
