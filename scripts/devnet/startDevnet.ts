import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Network, parseNetwork } from '@assay/sdk/deployment'
import { buildApp } from './buildApp.ts'
import { deployMarket } from './deployMarket.ts'
import { type FixtureModel, fixtureModels } from './fixtureModels.ts'
import { assertPortsFree, type DevnetPorts, defaultPorts } from './ports.ts'
import { prepareFixture } from './prepareFixture.ts'
import { createProcesses, type DevnetProcesses } from './processes.ts'
import { type PublishedModel, publishFixtures } from './publishFixtures.ts'
import { serveApp } from './serveApp.ts'
import { startChain } from './startChain.ts'
import { startContent } from './startContent.ts'
import { startWorker } from './startWorker.ts'

/** How a devnet is started; everything has a default. */
export type DevnetOptions = {
  ports?: DevnetPorts
  /** Where this chain's data, keys and logs go; emptied at the start. Default `.devnet`. */
  folder?: string
  /** What is published; default both fixture models. */
  models?: readonly FixtureModel[]
  /** Whether the page is built and served; default true. */
  withApp?: boolean
  /** Told of each step as it begins, to show progress. */
  onStep?: (label: string, work: Promise<unknown>) => void
  signal?: AbortSignal
}

/** A running devnet. */
export type Devnet = {
  network: Network
  /** Path of the network file, as the command line and the worker read it. */
  networkFile: string
  appUrl: string
  /** The worker's status pages. */
  statusUrl: string
  models: PublishedModel[]
  /** Rejects with a ServiceEndedError when a service ends by itself; never resolves. */
  failure: Promise<never>
  /** Ends every service and waits until they are gone. */
  stop: () => Promise<void>
}

/** What the parts of a devnet are started with. */
export type DevnetParts = {
  root: string
  folder: string
  ports: DevnetPorts
  urls: Pick<Network, 'rpcUrl' | 'contentApiUrl' | 'gatewayUrl' | 'appUrl'>
  processes: DevnetProcesses
  signal: AbortSignal
}

const root = path.resolve(import.meta.dirname, '../..')

/**
 * Starts a whole market on this machine: chain, contracts, content store, published models, a staked worker, and the page.
 * What does not depend on each other starts side by side. When one part fails, all others are ended again.
 * @throws PortBusyError, ServiceEndedError, NotReadyError, and the errors of circuits' prepareModel and of the sdk's actions
 */
export async function startDevnet(options: DevnetOptions = {}): Promise<Devnet> {
  const { models = fixtureModels, withApp = true, onStep } = options
  const { parts, stop, begin, all } = await createParts(options, onStep)
  try {
    const content = begin('Content store', () => startContent(parts))
    const page = withApp ? begin('Page', () => buildApp(parts)) : undefined
    const prepared = models.map((model) =>
      begin(`Circuit and keys of ${model.name}`, () => prepareFixture(model, parts)),
    )
    const chain = begin('Chain', () => startChain(parts))
    const addresses = begin('Contracts', () => chain.then(() => deployMarket(parts)))

    const network = parseNetwork({
      name: 'devnet',
      chainId: 31_337,
      ...parts.urls,
      ...(await all([addresses, content]))[0],
    })
    const networkFile = path.join(parts.folder, 'network.json')
    writeFileSync(networkFile, `${JSON.stringify(network, null, 2)}\n`)

    const worker = begin('Worker, registered and staked', () => startWorker({ network, networkFile }, parts))
    const published = begin('Models published', () => publishFixtures({ network, prepared }, parts))
    await all([worker, published, page])
    if (withApp) await serveApp(network, parts)

    const { appUrl } = network
    const statusUrl = `http://127.0.0.1:${parts.ports.worker}`
    return { network, networkFile, appUrl, statusUrl, models: await published, failure: parts.processes.failure, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function createParts(
  { ports = defaultPorts, folder: relative = '.devnet', signal: outer }: DevnetOptions,
  onStep: DevnetOptions['onStep'],
) {
  await assertPortsFree(ports)
  const folder = path.resolve(root, relative)
  for (const name of ['logs', 'content', 'worker', 'worker.key', 'worker.yaml', 'network.json']) {
    rmSync(path.join(folder, name), { recursive: true, force: true })
  }
  mkdirSync(folder, { recursive: true })

  const own = new AbortController()
  const signal = outer === undefined ? own.signal : AbortSignal.any([outer, own.signal])
  const processes = createProcesses(path.join(folder, 'logs'))
  const at = (port: number) => `http://127.0.0.1:${port}`
  const urls = {
    rpcUrl: at(ports.chain),
    contentApiUrl: at(ports.content),
    gatewayUrl: at(ports.content),
    appUrl: at(ports.app),
  }
  const parts: DevnetParts = { root, folder, ports, urls, processes, signal }
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

  /** Starts a part; whoever needs it waits for it, and an error that nobody waits for any more is not lost twice. */
  function begin<T>(label: string, work: () => Promise<T>): Promise<T> {
    const promise = work()
    promise.catch(() => undefined)
    onStep?.(label, promise)
    return promise
  }
  /** Waits for parts, and stops waiting when a service ends or the start is aborted. */
  function all<T extends readonly unknown[]>(work: T) {
    return Promise.race([Promise.all(work), processes.failure, aborted])
  }
  aborted.catch(() => undefined)

  let stopped: Promise<void> | undefined
  const stop = () => {
    own.abort(new Error('The devnet is stopping.'))
    stopped ??= processes.stop()
    return stopped
  }
  return { parts, stop, begin, all }
}
