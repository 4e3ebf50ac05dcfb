import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { connectNetwork } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { requestJob } from '@assay/sdk/requestJob'
import type { Browser, Page } from 'playwright-core'
import { parseEther } from 'viem'
import { titles } from '../../app/routes.ts'
import { fixtureModels } from '../../scripts/devnet/fixtureModels.ts'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { assertAccessible, connectDevelopmentWallet, type Look, launchBrowser, newPage, photograph } from './browser.ts'

const out = path.join(import.meta.dirname, '../../app/out')

describe('the pages of the app on a devnet', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'assay-pages-'))
  let devnet: Devnet
  let browser: Browser
  let modelName: string

  before(async () => {
    const ports = portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000)))
    devnet = await startDevnet({ folder, ports, models: fixtureModels.slice(0, 1) })
    browser = await launchBrowser()
    modelName = devnet.models[0]?.manifest.name ?? ''
  })

  after(async () => {
    await browser?.close()
    await devnet?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

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

  for (const width of [390, 1440] as const) {
    test(`behavior: every page has its title, and axe finds no barrier on it at ${width} px`, async () => {
      for (const [route, title] of Object.entries(titles)) {
        await visit({ width, theme: 'light' }, route.slice(1), async (page) => {
          await page.locator('main h1').waitFor()
          await page.locator('main .animate-waiting').first().waitFor({ state: 'detached' })
          if (route !== '/') assert.equal(await page.title(), `${title} · Assay`)
          assert.equal(
            await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
            true,
            route,
          )
          await assertAccessible(page)
        })
      }
    })
  }

  test('behavior: the reader goes from page to page and back without a reload, and the focus goes along', async () => {
    await visit({ width: 1440, theme: 'light' }, 'models/', async (page) => {
      await page.evaluate(() => Object.assign(window, { sameDocument: true }))
      await page.getByRole('link', { name: modelName }).click()
      await page.getByText('Recent jobs').waitFor()
      assert.match(page.url(), /\/model\/\?id=0x[0-9a-f]{64}$/)
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1')
      assert.equal(await page.title(), 'Model · Assay')

      await page.goBack()
      await page.getByRole('link', { name: modelName }).waitFor()
      assert.equal(await page.evaluate(() => 'sameDocument' in window), true)
    })
  })

  test('behavior: on a phone the pages are in the bar below, and fewer needed ones behind More', async () => {
    await visit({ width: 390, theme: 'dark' }, '', async (page) => {
      await page.getByRole('button', { name: 'More' }).click()
      await page.getByRole('link', { name: 'Settings' }).click()
      await page.getByRole('heading', { name: 'Settings' }).waitFor()
      await page.getByText('Dark', { exact: true }).click()
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark')
    })
  })

  test('behavior: who asks for less motion gets another theme at once, down to the innermost element', async () => {
    await visit({ width: 1440, theme: 'light' }, 'settings/', async (page) => {
      await page.getByRole('heading', { name: 'Settings' }).waitFor()
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      const { light, dark, running } = await page.evaluate(() => {
        const colours = () => Array.from(document.querySelectorAll('main *'), (each) => getComputedStyle(each).color)
        const light = colours()
        document.documentElement.dataset.theme = 'dark'
        // Reading them begins what transitions there are.
        const dark = colours()
        const running = document.getAnimations().filter((each) => each instanceof CSSTransition).length
        return { light, dark, running }
      })
      assert.notDeepEqual(dark, light)
      assert.equal(running, 0)
    })
  })

  test('behavior: reading the catalogue with its figures loads at most 245 kB of JavaScript, and nothing of a wallet', async () => {
    const { page } = await newPage(browser, { width: 390, theme: 'light' })
    const scripts: Promise<Buffer>[] = []
    page.on('response', (response) => {
      if (response.request().resourceType() === 'script') scripts.push(response.body())
    })
    await page.goto(`${devnet.appUrl}/models/`, { waitUntil: 'networkidle' })
    await page.getByRole('link', { name: modelName }).waitFor()
    const reading = await Promise.all(scripts)
    await connectDevelopmentWallet(page)

    const weight = (bodies: readonly Buffer[]) => bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)
    // It starts with at most 240 kB, which the build weighs; what reads the figures comes after the first rows.
    assert.ok(weight(reading) <= 245_000, `the catalogue loaded ${weight(reading)} bytes`)
    assert.ok(scripts.length > reading.length, 'connecting a wallet loads its code')
    await page.context().close()
  })

  test('behavior: a connected wallet is still there after a reload', async () => {
    await visit({ width: 1440, theme: 'light' }, 'jobs/', async (page) => {
      await connectDevelopmentWallet(page)
      await page.reload()
      await page.getByRole('button', { name: 'Disconnect' }).waitFor()
      await page.getByRole('button', { name: 'Disconnect' }).click()
      await page.getByRole('button', { name: 'Connect wallet' }).waitFor()
    })
  })

  test('behavior: a job that anybody requests appears in the list by itself', async () => {
    await visit({ width: 1440, theme: 'dark' }, 'jobs/', async (page) => {
      await page.getByRole('table', { name: 'Jobs' }).or(page.getByText('Nobody has asked yet')).waitFor()
      const { network } = devnet
      const account = developmentAccount({ chainId: network.chainId, index: 5 })
      const [published] = devnet.models
      assert.ok(published)
      // Nobody takes a job whose input no content service has, so that it stays as it is.
      const input = {
        inputCommitment: 1n,
        inputRoot: `0x${'11'.repeat(32)}`,
        inputCid: `0x${'22'.repeat(32)}`,
      } as const
      const { jobId } = await requestJob(connectNetwork(network, account), {
        deployment: network,
        terms: { modelId: published.model.modelId, input, maxPrice: parseEther('0.01') },
      })

      await page.locator(`a[href*="${jobId}"]`).waitFor()
    })
  })

  test('error: an address without an id, or with a wrong one, says what is missing', async () => {
    await visit({ width: 390, theme: 'light' }, 'job/', async (page) => {
      await page.getByText('No job is named').waitFor()
    })
    await visit({ width: 390, theme: 'light' }, 'model/?id=0x12', async (page) => {
      await page.getByText('This is no model’s id').waitFor()
    })
  })

  test('error: services that serve another chain, or nothing, are not taken over', async () => {
    await visit({ width: 1440, theme: 'light' }, 'settings/', async (page) => {
      await page.getByLabel('IPFS gateway').fill('ftp://example.org')
      await page.getByText('This is no http or https address.').waitFor()
      assert.equal(await page.getByRole('button', { name: 'Save services' }).isDisabled(), true)
      await page.getByLabel('IPFS gateway').fill(devnet.network.gatewayUrl)
      await page.getByRole('button', { name: 'Save services' }).click()
      await page.getByText('Saved').waitFor()
    })
  })

  test('behavior: the export works below a path, as an IPFS gateway serves it', async () => {
    const base = '/ipfs/bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
    const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
      const name = pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : undefined
      const file = name?.endsWith('/') ? `${name}index.html` : name
      if (file === '/network.json') {
        response.end(JSON.stringify(devnet.network))
        return
      }
      try {
        const body = readFileSync(path.join(out, file ?? 'outside the folder'))
        response.setHeader('Content-Type', types[path.extname(file ?? '')] ?? 'application/octet-stream').end(body)
      } catch {
        response.writeHead(404).end()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { page, complaints } = await newPage(browser, { width: 1440, theme: 'light' })
      // A server that listens has an address with a port.
      const { port } = server.address() as AddressInfo
      await page.goto(`http://127.0.0.1:${port}${base}/models/`)
      await page.getByRole('link', { name: modelName }).click()
      await page.getByText('Recent jobs').waitFor()
      await page.getByRole('link', { name: 'Ask', exact: true }).first().click()
      await page.getByRole('radio').first().waitFor()
      await page.reload()
      await connectDevelopmentWallet(page)

      assert.deepEqual(complaints, [])
      assert.match(page.url(), /\/ipfs\/bafy[a-z2-7]+\/$/)
      await page.context().close()
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
