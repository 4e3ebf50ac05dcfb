import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { connectNetwork, parseNetwork } from '@assay/sdk/deployment'
import { getJob } from '@assay/sdk/getJob'
import { listJobs } from '@assay/sdk/listJobs'
import { listModels } from '@assay/sdk/listModels'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { runDigitJob } from '../../scripts/devnet/runDigitJob.ts'
import { startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { loadMnist } from '../../scripts/mnist.ts'

/** Starts a devnet on which one job was settled, unless the app of a running one is named. */
export async function openApp(named: string | undefined): Promise<{ appUrl: string; stop: () => Promise<void> }> {
  if (named !== undefined) return { appUrl: named.replace(/\/$/, ''), stop: async () => undefined }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-pages-'))
  const devnet = await startDevnet({ folder, ports: portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000))) })
  const stop = async () => {
    await devnet.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const [digit] = loadMnist().heldOut
    const [published] = devnet.models
    if (!digit || !published) throw new Error('There is no digit or no model to ask.')
    await runDigitJob({ digit, published }, devnet, new AbortController().signal)
    return { appUrl: devnet.appUrl, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Every page by a short name, as an address below the app's, with the ids of what is newest on the devnet. */
export async function pagesOf(appUrl: string): Promise<[string, string][]> {
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
