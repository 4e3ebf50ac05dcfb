import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OrderTerms } from '@assay/sdk/buildOrder'
import { addContent } from '@assay/sdk/content'
import type { Network } from '@assay/sdk/deployment'
import { encodeInput } from '@assay/sdk/encodeInput'
import type { Manifest } from '@assay/sdk/manifest'
import { registerWorker } from '@assay/sdk/registerWorker'
import { requestJob } from '@assay/sdk/requestJob'
import { type Address, createTestClient, type Hex, http, parseEther, type TestClient } from 'viem'
import type { Random } from '../../scripts/seededRandom.ts'
import { type LocalChain, startLocalChain } from '../integration/localChain.ts'
import { prepareTinyModel, publishTinyModel } from '../integration/tinyModel.ts'
import { type LogLine, startWorkerProcess, type WorkerProcess, writeKey } from '../integration/workerMarket.ts'

/** What each scenario has for itself: a registered worker with a key and a data directory of its own. */
export type ChaosWorker = {
  operator: Address
  /** Index of the operator's development account, whose key also signs. */
  account: number
  dataDir: string
  /** Starts the daemon; `environment` overrides settings of this suite. */
  start: (environment?: Record<string, string>) => WorkerProcess
}

/** A local market with one published model of four pixels, which all scenarios share. */
export type ChaosMarket = {
  chain: LocalChain
  network: Network
  folder: string
  manifest: Manifest
  modelId: Hex
  control: TestClient<'hardhat'>
  /** Registers a worker that nobody has used. */
  addWorker: () => Promise<ChaosWorker>
  /** Requests a job for random pixels as account 1, for one worker alone, after its input is in the content store. */
  request: (worker: ChaosWorker, random: Random, terms?: Partial<OrderTerms>) => Promise<Hex>
  /** What all workers have logged so far, process by process. */
  log: () => LogLine[]
  /** Ends what still runs. */
  endWorkers: () => void
  stop: () => Promise<void>
}

/** Index of the first development account that is a scenario's worker; those below are the platform's, the requester's and so on. */
const firstWorker = 6
/** Stake of each worker: room for as many bonds as a stream of jobs locks at once. */
export const workerStake = parseEther('1')
/** Price and bond of each job, well above what its gas costs on the local chain. */
const jobPrice = parseEther('0.01')

/** Settings under which faults show within seconds. */
const impatient = {
  ASSAY_WORKER_CHAIN_REPLACE_AFTER_SECONDS: '1',
  ASSAY_WORKER_CHAIN_BREAKER_RECOVERY_SECONDS: '1',
  ASSAY_WORKER_LIMITS_JOBS: '2',
}

/** Starts chain, contracts and content store, and publishes the model. */
export async function startChaosMarket(cacheFolder: string): Promise<ChaosMarket> {
  const running = new Set<WorkerProcess>()
  const logs: LogLine[][] = []
  const endWorkers = () => {
    for (const worker of running) worker.signal('SIGKILL')
  }
  process.once('exit', endWorkers)
  const chain = await startLocalChain()
  const folder = mkdtempSync(join(tmpdir(), 'assay-chaos-'))
  try {
    const { network } = chain
    const prepared = await prepareTinyModel(cacheFolder)
    const { model, manifest } = await publishTinyModel(chain, prepared)
    let next = firstWorker

    return {
      chain,
      network,
      folder,
      manifest,
      modelId: model.modelId,
      control: createTestClient({ mode: 'hardhat', transport: http(chain.rpcUrl) }),
      addWorker: async () => {
        const account = next
        next += 1
        await registerWorker(chain.clientOf(account), { deployment: network, stake: workerStake })
        const own = join(folder, `worker-${account}`)
        mkdirSync(own)
        writeFileSync(join(own, 'network.json'), JSON.stringify(network))
        writeKey(join(own, 'worker.key'), account)
        const start = (environment = {}) => {
          const { worker } = startWorkerProcess(own, { dataDir: 'data', environment: { ...impatient, ...environment } })
          running.add(worker)
          logs.push(worker.lines)
          void worker.ended.then(() => running.delete(worker))
          return worker
        }
        return { operator: chain.addressOf(account), account, dataDir: join(own, 'data'), start }
      },
      request: async (worker, random, terms = {}) => {
        const pixels = Array.from({ length: 4 }, () => random())
        const input = await encodeInput(manifest.input, pixels)
        await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })
        const { jobId } = await requestJob(chain.clientOf(1), {
          deployment: network,
          terms: { modelId: model.modelId, input, maxPrice: jobPrice, allowedWorker: worker.operator, ...terms },
        })
        return jobId
      },
      log: () => logs.flat(),
      endWorkers,
      stop: async () => {
        endWorkers()
        await chain.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await chain.stop()
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}
