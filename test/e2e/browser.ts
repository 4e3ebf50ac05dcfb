import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Screenshots of a run, for a person to look at. */
const output = join(import.meta.dirname, '..', 'output')

export type Look = { width: 1440 | 390; theme: 'light' | 'dark' }

/** The system's Chromium. */
export const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Chromium without a screen, and without anything that would reach for the network. */
export const browserFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts the system's Chromium. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: browserFlags })
}

/** A page of its own, and all that it complained about: console errors, exceptions, and requests that left the loopback. */
export async function newPage(browser: Browser, { width, theme }: Look): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: { width, height: width === 390 ? 844 : 900 },
    colorScheme: theme,
    hasTouch: width === 390,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url())
    if (protocol.startsWith('http') && !['127.0.0.1', 'localhost'].includes(hostname))
      complaints.push(`request: ${request.url()}`)
  })
  return { page, complaints }
}

/** Connects the wallet that a local chain offers. */
export async function connectDevelopmentWallet(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Connect wallet' }).click()
  await page.getByRole('button', { name: /Development wallet/ }).click()
  await page.getByRole('button', { name: 'Disconnect' }).waitFor()
}

/** Draws through points of the pad (shares of its side) with one press of the mouse. */
export async function drawStroke(page: Page, points: readonly (readonly [number, number])[]): Promise<void> {
  const pad = page.locator('canvas.cursor-crosshair')
  await pad.scrollIntoViewIfNeeded()
  const box = await pad.boundingBox()
  assert.ok(box, 'the pad is on the page')
  const [first, ...rest] = points.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height] as const)
  assert.ok(first)
  await page.mouse.move(...first)
  await page.mouse.down()
  for (const point of rest) await page.mouse.move(...point, { steps: 15 })
  await page.mouse.up()
}

/** Keeps a picture of the whole page in both themes under `test/output/`. */
export async function photograph(page: Page, name: string): Promise<void> {
  mkdirSync(output, { recursive: true })
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.screenshot({ path: join(output, `${name}-${theme}.png`), fullPage: true })
  }
}

/** Fails for any barrier that axe calls serious or critical, in both themes. */
export async function assertAccessible(page: Page): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.evaluate(axe.source)
    await page.evaluate(async () => {
      // Colours on their way from one theme to the other have a contrast that nobody reads.
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      const ending = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations !== Infinity)
      await Promise.allSettled(ending.map(({ finished }) => finished))
    })
    const { violations } = await page.evaluate(async () => {
      // axe-core's source, evaluated above, put itself on the window.
      const { axe: engine } = window as unknown as { axe: typeof axe }
      return engine.run(document, { resultTypes: ['violations'] })
    })
    const barriers = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    const found = barriers.map(
      ({ id, nodes }) => `${id} in ${theme}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
    )
    assert.deepEqual(found, [])
  }
}
