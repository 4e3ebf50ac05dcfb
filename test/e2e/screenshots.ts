// Program behind `npm run screenshots`: every page in both sizes and both themes, from a real devnet, under test/output/screenshots/.
//   npm run screenshots -- [--app <url of a running devnet's app>]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { connectNetwork, parseNetwork } from '@assay/sdk/deployment'
import { getJob } from '@assay/sdk/getJob'
import { listJobs } from '@assay/sdk/listJobs'
import { listModels } from '@assay/sdk/listModels'
import type { Browser } from 'playwright-core'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { runDigitJob } from '../../scripts/devnet/runDigitJob.ts'
import { startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { loadMnist } from '../../scripts/mnist.ts'
import { type Look, launchBrowser, newPage } from './browser.ts'

const output = path.join(import.meta.dirname, '../output/screenshots')

/** Starts a devnet on which one job was settled, unless the app of a running one is named. */
async function openApp(named: string | undefined): Promise<{ appUrl: string; stop: () => Promise<void> }> {
  if (named !== undefined) return { appUrl: named.replace(/\/$/, ''), stop: async () => undefined }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-screenshots-'))
  const devnet = await startDevnet({ folder, ports: portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000))) })
  const [digit] = loadMnist().heldOut
  const [published] = devnet.models
  if (!digit || !published) throw new Error('There is no digit or no model to ask.')
  await runDigitJob({ digit, published }, devnet, new AbortController().signal)
  const stop = async () => {
    await devnet.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { appUrl: devnet.appUrl, stop }
}

/** Every page by the name of its picture, with the ids of what is newest on the devnet. */
async function pagesOf(appUrl: string): Promise<[string, string][]> {
  const network = parseNetwork(await (await fetch(`${appUrl}/network.json`)).json())
  const client = connectNetwork(network)
  const [{ models }, { jobs }] = await Promise.all([
    listModels(client, { deployment: network }),
    listJobs(client, { deployment: network }),
  ])
  const settled = jobs.find(({ state }) => state === 'Settled')
  const worker = settled && (await getJob(client, { deployment: network, jobId: settled.jobId })).payout?.worker
  return [
    ['home', ''],
    ['models', 'models/'],
    ['model', `model/?id=${models[0]?.modelId}`],
    ['jobs', 'jobs/'],
    ['job', `job/?id=${settled?.jobId}`],
    ['worker', worker === undefined ? 'worker/' : `worker/?address=${worker}`],
    ['owner', 'owner/'],
    ['network', 'network/'],
    ['disputes', 'disputes/'],
    ['governance', 'governance/'],
    ['settings', 'settings/'],
  ]
}

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
