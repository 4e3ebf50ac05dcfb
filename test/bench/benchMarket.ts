import { join } from 'node:path'
import type { OrderTerms } from '@assay/sdk/buildOrder'
import { addContent } from '@assay/sdk/content'
import { type EncodedInput, encodeInput } from '@assay/sdk/encodeInput'
import { publishModel } from '@assay/sdk/publishModel'
import type { Hex } from 'viem'
import { prepareTinyModel, tinyPublication } from '../integration/tinyModel.ts'
import { startMarket, type TestMarket, type WorkerProcess } from '../integration/workerMarket.ts'

/** A local market whose content a worker serves: the one process does all that a small operator's does. */
export type BenchMarket = TestMarket & {
  /** Starts the worker with the content store in it; `settings` are environment variables without their prefix. */
  startServing: (settings?: Record<string, string>) => WorkerProcess
  /** Requests a job for a held-out digit, the content being added at the worker. */
  requestDigit: (index: number) => Promise<Hex>
  /** Requests a job of the model of four pixels, whose proof takes least. */
  requestTiny: (index: number) => Promise<Hex>
}

/** Funded accounts that are nobody else: one after the other requests. */
const requesterAccounts = [1, 4, 5, 6]

/** Starts chain, contracts, models and an account that is a worker; content moves into the worker when that starts. */
export async function startBenchMarket(): Promise<BenchMarket> {
  const market = await startMarket()
  const { network, folder, heldOut } = market
  const prepared = await prepareTinyModel(join(folder, 'setup'))
  const tiny = await publishModel(market.client(3), tinyPublication(prepared, network))
  await market.stopContent()

  const requesters = requesterAccounts.map((account) => ({
    account,
    nonce: 0n,
    last: Promise.resolve<unknown>(undefined),
  }))
  let turn = 0
  /**
   * Requests as the next account: requests of one account that do not wait for each other would take the same nonce. Each counts its
   * orders itself, as it has no other program beside it: finding an unused nonce of the market takes many calls.
   */
  async function requestNext(input: EncodedInput, terms: Partial<OrderTerms> = {}): Promise<Hex> {
    await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })
    const requester = requesters[turn++ % requesters.length]
    if (requester === undefined) throw new Error('Nobody requests.')
    const { account, nonce, last } = requester
    const made = last.then(() => market.request(input, { account, upload: false, terms: { ...terms, nonce } }))
    requester.nonce += 1n
    requester.last = made.catch(() => undefined)
    return made
  }

  async function requestTiny(index: number): Promise<Hex> {
    const values = Float32Array.from([0, 1, 2, 3], (pixel) => ((index >> (2 * pixel)) & 3) / 4)
    const input = await encodeInput(tiny.manifest.input, values)
    return requestNext(input, { modelId: tiny.model.modelId })
  }

  return {
    ...market,
    startServing: (settings = {}) => {
      const environment = {
        CONTENT_EMBEDDED_DIRECTORY: join(folder, 'content'),
        CONTENT_EMBEDDED_SERVE_PORT: new URL(network.contentApiUrl).port,
        // Blocks are announced over the port that requests go to.
        CHAIN_PUSH_URL: network.rpcUrl.replace(/^http/, 'ws'),
        // Tests look more often; this is what an operator has.
        CHAIN_POLL_MS: '1000',
        ...settings,
      }
      const prefixed = Object.entries(environment).map(([name, value]) => [`ASSAY_WORKER_${name}`, value])
      return market.startWorker({ environment: Object.fromEntries(prefixed) })
    },
    requestDigit: async (index) => {
      const digit = heldOut[index % heldOut.length]
      if (digit === undefined) throw new Error('There are no digits.')
      const input = await market.encode(digit)
      return requestNext(input)
    },
    requestTiny,
  }
}

/** Resolves when the worker has recorded that a job settled. */
export async function untilSettled(worker: WorkerProcess, jobId: Hex): Promise<void> {
  await worker.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')
}

/** Resolves when all that the worker depends on works; its status server answers then. */
export async function untilReady(worker: WorkerProcess): Promise<void> {
  await worker.waitFor(({ msg }) => msg === 'worker started')
  while (!(await fetch(`${worker.statusUrl()}/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A metric of the worker now; `labels` as they are written. */
export async function metricOf(worker: WorkerProcess, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${worker.statusUrl()}/metrics`)).text()
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}${labels} `))
  return Number(line?.split(' ').at(-1))
}

/** Stops a worker and waits for its end. */
export async function stopWorker(worker: WorkerProcess): Promise<void> {
  worker.signal('SIGTERM')
  await worker.ended
}
