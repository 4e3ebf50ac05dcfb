// Program behind `npm run screenshots`: every page in both sizes and both themes, from a real devnet, under test/output/screenshots/.
//   npm run screenshots -- [--app <url of a running devnet's app>]
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { type Look, launchBrowser, newPage } from './browser.ts'
import { openApp, pagesOf } from './openApp.ts'

const output = path.join(import.meta.dirname, '../output/screenshots')

async function photographAll(browser: Browser, appUrl: string, look: Look): Promise<void> {
  const { page, complaints } = await newPage(browser, look)
  for (const [name, address] of await pagesOf(appUrl)) {
    await page.goto(`${appUrl}/${address}`, { waitUntil: 'networkidle' })
    await page.locator('main [aria-busy=true], main .animate-waiting').first().waitFor({ state: 'detached' })
    const file = path.join(output, `${name}-${look.width}-${look.theme}.png`)
    await page.screenshot({ path: file, fullPage: true })
    process.stdout.write(`${path.relative(process.cwd(), file)}\n`)
  }
  await page.context().close()
  if (complaints.length > 0) throw new Error(`The pages complained:\n${complaints.join('\n')}`)
}

const { values } = parseArgs({ options: { app: { type: 'string' } } })
mkdirSync(output, { recursive: true })
const { appUrl, stop } = await openApp(values.app)
const browser = await launchBrowser()
try {
  for (const width of [390, 1440] as const) {
    for (const theme of ['light', 'dark'] as const) await photographAll(browser, appUrl, { width, theme })
  }
} finally {
  await browser.close()
  await stop()
}
