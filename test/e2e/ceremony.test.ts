import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeLocalPhase1 } from '@assay/circuits/makeLocalPhase1'
import { parseCeremony } from '@assay/sdk/ceremonyRecord'
import { fetchContent } from '@assay/sdk/content'
import { connectNetwork } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { getModel } from '@assay/sdk/getModel'
import type { Browser, Page } from 'playwright-core'
import type { Hex } from 'viem'
import { getTransactionCount } from 'viem/actions'
import { accounts } from '../../scripts/devnet/accounts.ts'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { runAssay } from '../integration/runAssay.ts'
import { tinyCalibration, tinyOnnx } from '../integration/tinyModel.ts'
import { assertAccessible, connectDevelopmentWallet, type Look, launchBrowser, newPage, photograph } from './browser.ts'

describe('a setup ceremony in the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-page-ceremony-'))
  const path = (name: string) => join(folder, name)
  const phase1 = ['--phase1', path('local.ptau'), '--phase1-local']
  let devnet: Devnet
  let browser: Browser
  let begun: string

  before(async () => {
    writeFileSync(path('model.onnx'), tinyOnnx())
    writeFileSync(path('calibration.json'), JSON.stringify(tinyCalibration.map((values) => [...values])))
    const ports = portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000)))
    devnet = await startDevnet({ folder: path('devnet'), ports, models: [] })
    browser = await launchBrowser()
    const limits = { memoryMb: 1024, wallSeconds: 300, threads: 1 }
    await makeLocalPhase1({ power: 8, outPath: path('local.ptau'), limits })
    await makeLocalPhase1({ power: 8, outPath: path('other.ptau'), limits })
    begun = await begin(accounts.modelOwner, 'Brightest')
  })

  after(async () => {
    await browser?.close()
    await devnet?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs a command of `assay` that succeeds; everybody has a folder of their own. */
  async function assay(account: number, ...args: string[]): Promise<Record<string, unknown>> {
    const { exitCode, stdout, stderr } = await runAssay([
      ...['--network', devnet.networkFile, '--json', ...args],
      ...['--dev-account', String(account), '--cache', path(`cache-${account}`)],
    ])
    assert.equal(exitCode, 0, stderr)
    // Each command's members are named where they are read.
    return JSON.parse(stdout) as Record<string, unknown>
  }

  async function begin(account: number, name: string): Promise<string> {
    const calibration = ['--calibration', path('calibration.json')]
    return String(
      (await assay(account, 'model', 'publish', path('model.onnx'), '--name', name, ...calibration, ...phase1)).cid,
    )
  }

  async function open(cid: string, look: Look): Promise<{ page: Page; complaints: string[] }> {
    const opened = await newPage(browser, look)
    await opened.page.goto(`${devnet.appUrl}/owner/?ceremony=${cid}`)
    await connectDevelopmentWallet(opened.page)
    await opened.page.locator('[data-ceremony]').waitFor()
    return opened
  }

  async function contribute(page: Page, name: string): Promise<void> {
    await page.getByLabel('Your name').fill(name)
    await page.getByLabel('Anything at random').fill('a walk in the rain')
    await page.getByRole('button', { name: 'Contribute in this browser' }).click()
  }

  for (const width of [390, 1440] as const) {
    test(`behavior: one contributes in the page, another from the command line, and the sealed setup verifies, at ${width} px`, async () => {
      const { page, complaints } = await open(begun, { width, theme: 'light' })
      await photograph(page, `ceremony-${width}`)
      await assertAccessible(page)
      await contribute(page, 'Anna of the page')
      const contributed = page.locator('[data-contributed]')
      await contributed.waitFor()
      await photograph(page, `ceremony-contributed-${width}`)
      await assertAccessible(page)
      const anna = String(await contributed.getAttribute('data-contributed'))
      const shown = await contributed.innerText()
      await page.getByRole('link', { name: 'its page' }).click()
      await page.getByText('1. Anna of the page').waitFor()
      assert.deepEqual(complaints, [])
      await page.context().close()

      const ben = await assay(5, 'model', 'contribute', anna, '--name', 'Ben', ...phase1)
      const sealed = await assay(accounts.modelOwner, 'model', 'seal', String(ben.cid), '--delay', '1', ...phase1)
      const verified = await assay(6, 'model', 'verify-setup', String(sealed.modelId), ...phase1)
      const { contributions } = await readRecord(String(sealed.ceremony))
      assert.deepEqual(
        contributions.map(({ name }) => name),
        ['Anna of the page', 'Ben'],
      )
      assert.ok(shown.includes(contributions[0]?.blake2b ?? 'none'))
      assert.equal((verified.contributions as unknown[]).length, 2)
    })
  }

  /** Chooses a phase-1 file and presses the button of this name. */
  async function seal(page: Page, file: string, button: string): Promise<void> {
    await page.getByLabel('Phase-1 file').setInputFiles(path(file))
    await page.getByRole('button', { name: button }).click()
  }

  for (const width of [390, 1440] as const) {
    test(`behavior: the owner seals in the page, with one announcement and one registration after a reload, at ${width} px`, async () => {
      const mine = await begin(accounts.page, `Brightest of ${width}`)
      const { cid } = await assay(5, 'model', 'contribute', mine, '--name', 'Ben', ...phase1)
      const opened = await open(String(cid), { width, theme: 'light' })
      const { page, complaints } = opened
      const sent = await sentBy(accounts.page)
      await seal(page, 'other.ptau', 'Seal and register')
      await page.locator('[data-stage=phase1][data-outcome=failed]').waitFor()
      await page.getByText('is not the phase-1 file of this ceremony').waitFor()
      await photograph(page, `seal-refused-${width}`)
      await assertAccessible(page)
      assert.equal(await sentBy(accounts.page), sent, 'nothing is announced with a wrong file')

      await page.route('**/dag/import?*', (route) => route.abort())
      await seal(page, 'local.ptau', 'Seal and register')
      await page.locator('[data-stage=store][data-outcome=failed]').waitFor()
      assert.equal(await sentBy(accounts.page), sent + 1, 'the announcement')
      assert.ok(complaints.every((text) => /ERR_FAILED/.test(text)))
      await page.unrouteAll()
      complaints.length = 0
      await page.reload()
      await page.getByText('You announced a block').waitFor()
      await photograph(page, `seal-resumed-${width}`)
      await assertAccessible(page)
      await seal(page, 'local.ptau', 'Go on sealing')
      const sealed = page.locator('[data-sealed]')
      await sealed.waitFor()
      await photograph(page, `sealed-${width}`)
      await assertAccessible(page)
      const modelId = (await sealed.getAttribute('data-sealed')) as Hex
      assert.equal(await sentBy(accounts.page), sent + 2, 'the registration')

      const verified = await assay(6, 'model', 'verify-setup', modelId, ...phase1)
      const { setup, owner } = await getModel(connectNetwork(devnet.network), { deployment: devnet.network, modelId })
      assert.equal(owner, addressOf(accounts.page))
      assert.deepEqual(setup, { kind: 'owner-only', contributions: 1, transcriptHash: verified.transcriptHash })
      await page.reload()
      await seal(page, 'local.ptau', 'Go on sealing')
      await sealed.waitFor()
      assert.equal(await sealed.getAttribute('data-sealed'), modelId, 'a repeated seal finds what it did')
      assert.equal(await sentBy(accounts.page), sent + 2)
      await page.getByRole('link', { name: 'the record of its setup' }).click()
      await page.getByText('sealed', { exact: true }).waitFor()
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }

  test('soundness: a stranger cannot seal, and nobody what nobody contributed to', async () => {
    const { cid } = await assay(5, 'model', 'contribute', begun, '--name', 'Ben')
    const { page } = await open(String(cid), { width: 390, theme: 'light' })
    await page.getByText('Only the account that began it can seal it').waitFor()
    assert.equal(await page.getByLabel('Phase-1 file').count(), 0)
    await assertAccessible(page)

    await page.goto(`${devnet.appUrl}/owner/?ceremony=${begun}`)
    await page.getByText('Nobody has contributed yet').waitFor()
    assert.equal(await page.getByLabel('Phase-1 file').count(), 0)
    await page.context().close()
  })

  test('soundness: a key that the gateway changed is refused and shown red', async () => {
    const { files } = await readRecord(begun)
    const { page } = await newPage(browser, { width: 390, theme: 'dark' })
    await page.route(`**/ipfs/${files.zkey.cid}?*`, async (route) => {
      const response = await route.fetch()
      const body = await response.body()
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1
      await route.fulfill({ response, body })
    })
    await page.goto(`${devnet.appUrl}/owner/?ceremony=${begun}`)
    await connectDevelopmentWallet(page)
    await contribute(page, 'Anna')

    await page.locator('[data-stage=fetch][data-outcome=failed]').waitFor()
    await page.getByText('Your contribution was not added.').waitFor()
    assert.equal(await page.locator('[data-contributed]').count(), 0)
    await photograph(page, 'ceremony-refused-390')
    await assertAccessible(page)
    await page.context().close()
  })

  test('behavior: a sealed ceremony takes no contribution', async () => {
    const anna = await assay(7, 'model', 'contribute', begun, '--name', 'Anna')
    const sealed = await assay(accounts.modelOwner, 'model', 'seal', String(anna.cid), '--delay', '1', ...phase1)
    const { page } = await open(String(sealed.ceremony), { width: 1440, theme: 'dark' })

    await page.getByText('sealed', { exact: true }).waitFor()
    assert.equal(await page.getByLabel('Your name').count(), 0)
    await page.context().close()
  })

  const addressOf = (index: number) => developmentAccount({ chainId: devnet.network.chainId, index }).address

  /** How many transactions an account has sent. */
  function sentBy(account: number): Promise<number> {
    return getTransactionCount(connectNetwork(devnet.network), { address: addressOf(account) })
  }

  async function readRecord(cid: string) {
    return parseCeremony(await fetchContent({ gatewayUrl: devnet.network.gatewayUrl, cid, maxBytes: 2 ** 20 }))
  }
})
