// Program: how long lists behave in a real browser, on a devnet that scripts/seedMarket.ts filled.
//   node test/e2e/measureLists.ts --app <url of a running devnet's app> [--pages 20]
import { parseArgs } from 'node:util'
import { parseNetwork } from '@assay/sdk/deployment'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser, newPage } from './browser.ts'

/** What of a list is measured; the row that has to be there, and the button that shows more. */
const lists = [
  { name: 'models', address: 'models/', row: 'main li article', more: 'Show older models' },
  { name: 'jobs', address: 'jobs/', row: 'main tbody tr', more: 'Show older jobs' },
] as const

type Traffic = { calls: number; bytes: number }

/** Counts what the page asks the node for, from now on. */
function countCalls(page: Page, rpcUrl: string): Traffic {
  const traffic: Traffic = { calls: 0, bytes: 0 }
  page.on('response', async (response) => {
    if (!response.url().startsWith(rpcUrl) || response.request().method() !== 'POST') return
    traffic.calls += 1
    const body = await response.body().catch(() => Buffer.alloc(0))
    traffic.bytes += body.length
  })
  return traffic
}

async function measure(
  browser: Browser,
  { appUrl, rpcUrl, pages }: { appUrl: string; rpcUrl: string; pages: number },
): Promise<void> {
  for (const { name, address, row, more } of lists) {
    const { page } = await newPage(browser, { width: 390, theme: 'light' })
    await page.addInitScript(() => {
      const tasks: number[] = []
      Object.assign(window, { longTasks: tasks })
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
        type: 'longtask',
        buffered: true,
      })
    })
    for (const visit of ['first visit', 'second visit']) {
      const traffic = countCalls(page, rpcUrl)
      const started = performance.now()
      await page.goto(`${appUrl}/${address}`)
      await page.locator(row).first().waitFor()
      const firstRow = performance.now() - started
      await page.waitForLoadState('networkidle')
      report(`${name}, ${visit}`, {
        'first row, ms': firstRow,
        'RPC calls': traffic.calls,
        'RPC kB': traffic.bytes / 1000,
      })
    }
    const traffic = countCalls(page, rpcUrl)
    for (let shown = 1; shown < pages; shown += 1) {
      const button = page.getByRole('button', { name: more })
      if ((await button.count()) === 0) break
      const known = await page.locator(row).count()
      await button.click()
      // A page of a list may hold nothing new; then the button comes back.
      await page.locator(row).nth(known).or(button).last().waitFor()
      await page.getByText('Reading older blocks…').waitFor({ state: 'detached' })
    }
    await page.waitForLoadState('networkidle')
    const rows = await page.locator(row).count()
    report(`${name}, ${rows} rows shown`, { 'RPC calls': traffic.calls, 'RPC kB': traffic.bytes / 1000 })
    report(`${name}, scrolling ${rows} rows`, await scroll(page))
    await page.context().close()
  }
}

/** Scrolls through the whole page in steps, and says what kept the page from drawing. */
async function scroll(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => {
    // Put on the window before the page's own code ran.
    const { longTasks } = window as unknown as { longTasks: number[] }
    longTasks.length = 0
    const gaps: number[] = []
    let last = performance.now()
    window.scrollTo(0, 0)
    while (window.scrollY + window.innerHeight < document.documentElement.scrollHeight - 1) {
      window.scrollBy(0, 200)
      await new Promise((resolve) => requestAnimationFrame(resolve))
      const now = performance.now()
      gaps.push(now - last)
      last = now
    }
    gaps.sort((a, b) => a - b)
    const at = (share: number) => gaps[Math.floor((gaps.length - 1) * share)] ?? 0
    return {
      frames: gaps.length,
      'median frame, ms': at(0.5),
      '95 % of frames, ms': at(0.95),
      'longest task, ms': Math.max(0, ...longTasks),
    }
  })
}

function report(what: string, figures: Record<string, number>): void {
  const said = Object.entries(figures).map(([name, value]) => `${name} ${Math.round(value)}`)
  process.stdout.write(`${what}: ${said.join(' · ')}\n`)
}

const { values } = parseArgs({ options: { app: { type: 'string' }, pages: { type: 'string', default: '20' } } })
if (values.app === undefined) throw new Error('Name the app of a running devnet with --app http://127.0.0.1:3000.')
const appUrl = values.app.replace(/\/$/, '')
const { rpcUrl } = parseNetwork(await (await fetch(`${appUrl}/network.json`)).json())
const browser = await launchBrowser()
try {
  await measure(browser, { appUrl, rpcUrl, pages: Number(values.pages) })
} finally {
  await browser.close()
}
