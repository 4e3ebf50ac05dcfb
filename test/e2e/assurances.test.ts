import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { decodeAuditTerms } from '@assay/sdk/auditTerms'
import { connectNetwork } from '@assay/sdk/deployment'
import { deposit } from '@assay/sdk/deposit'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { getJob, type Job } from '@assay/sdk/getJob'
import { decodeQuorumTerms } from '@assay/sdk/quorumTerms'
import type { Browser, Page } from 'playwright-core'
import { type Hex, parseEther } from 'viem'
import { accounts } from '../../scripts/devnet/accounts.ts'
import { fixtureModels } from '../../scripts/devnet/fixtureModels.ts'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { assertAccessible, connectDevelopmentWallet, type Look, launchBrowser, newPage, photograph } from './browser.ts'

describe('what an asker chooses', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-page-assurances-'))
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

  /** Opens the model's page with a wallet and a digit to ask. */
  async function openModel(look: Look, prepare?: (page: Page) => Promise<unknown>) {
    const { page, complaints } = await newPage(browser, look)
    await prepare?.(page)
    await page.goto(`${devnet.appUrl}/model/?id=${devnet.models[0]?.model.modelId}`)
    await connectDevelopmentWallet(page)
    await page.getByRole('button', { name: 'Sample digit 3' }).click()
    return { page, complaints }
  }

  async function askUnder(page: Page, assurance: RegExp): Promise<Job> {
    await page.getByRole('radio', { name: assurance }).check()
    await page.getByText('Not every worker takes this assurance.').waitFor()
    await page.getByText('Gas', { exact: true }).waitFor()
    await page.getByRole('button', { name: /^Ask and pay/ }).click()
    await page.locator('[data-stage=Requested][data-state=done]').waitFor()
    const jobId = new URL(page.url()).searchParams.get('id') as Hex
    return getJob(connectNetwork(devnet.network), { deployment: devnet.network, jobId })
  }

  test('behavior: an audited job is asked with the bond that its draw needs, and can be cancelled, at 390 px', async () => {
    const { page, complaints } = await openModel({ width: 390, theme: 'light' })
    await page.getByRole('radio', { name: /^Audit/ }).check()
    await assertAccessible(page)
    await photograph(page, 'assurances-390')
    const { order } = await askUnder(page, /^Audit/)

    assert.equal(order.assurance, devnet.network.addresses.auditAssurance)
    const { probabilityBps } = decodeAuditTerms(order.assuranceData)
    assert.equal((order.bond * BigInt(probabilityBps)) / 10_000n, 2n * order.maxPrice)
    await page.getByText('The chain draws by lot').waitFor()
    await page.getByRole('button', { name: 'Cancel this job' }).click()
    await page.locator('[data-stage=Cancelled]').waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('behavior: a job for a quorum is asked, which its assurance claims for the workers, at 1440 px', async () => {
    const { page, complaints } = await openModel({ width: 1440, theme: 'dark' })
    const { order } = await askUnder(page, /^Quorum/)

    assert.equal(order.assurance, devnet.network.addresses.quorumAssurance)
    assert.equal(order.allowedWorker, order.assurance)
    assert.equal(decodeQuorumTerms(order.assuranceData).agreeing, 2)
    await page.getByText('Several workers answer unseen').waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('behavior: a signed order is handed to the desk that the network names, and its refusal is shown', async () => {
    const { network } = devnet
    const requester = developmentAccount({ chainId: network.chainId, index: accounts.page })
    await deposit(connectNetwork(network, requester), { deployment: network, amount: parseEther('1') })
    const desk = await startDesk()
    const names = (page: Page) =>
      page.route('**/network.json', (route) =>
        route.fulfill({ json: { ...network, orderDeskUrls: [desk.takes, desk.refuses] } }),
      )
    const { page } = await openModel({ width: 390, theme: 'light' }, names)
    await page.getByRole('radio', { name: /^By signature/ }).check()
    await page.getByRole('button', { name: /^Sign for at most/ }).click()

    await page.locator('[data-desk=taken]').getByText('works on it').waitFor()
    await page.locator('[data-desk=refused]').getByText('It has no room for this model.').waitFor()
    await photograph(page, 'order-desks-390')
    await assertAccessible(page)
    assert.equal(desk.taken.length, 1)
    await page.context().close()
    await desk.stop()
  })
})

/** Two workers' desks in one: below `/full` it refuses every order. It answers as docs/operator.md says that desks do. */
async function startDesk() {
  const taken: string[] = []
  const jobId = `0x${'12'.repeat(32)}`
  const server = createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, {
        'Content-Type': 'application/json',
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Methods': 'GET, POST',
        'Access-Control-Allow-Headers': 'Content-Type',
      })
      response.end(JSON.stringify(body))
    }
    if (request.method === 'OPTIONS') return answer(204, {})
    const isFull = request.url?.startsWith('/full')
    if (request.method === 'POST' && isFull)
      return answer(422, { error: 'declined', message: 'It has no room for this model.' })
    if (request.method === 'GET' && (isFull || taken.length === 0))
      return answer(404, { error: 'not-found', message: 'It never took this order.' })
    if (request.method === 'POST') taken.push(String(request.url))
    return answer(202, { jobId, status: 'open', stage: 'admit' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const stop = () => new Promise((resolve) => server.close(resolve))
  return { takes: url, refuses: `${url}/full`, taken, stop }
}
