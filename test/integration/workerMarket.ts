import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { prepareModel } from '@assay/circuits/prepareModel'
import type { OrderTerms } from '@assay/sdk/buildOrder'
import { addContent } from '@assay/sdk/content'
import type { MarketClient, Network } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { draftManifest } from '@assay/sdk/draftManifest'
import { type EncodedInput, encodeInput } from '@assay/sdk/encodeInput'
import { getJobEvents, type JobEvent } from '@assay/sdk/jobEvents'
import type { Manifest } from '@assay/sdk/manifest'
import { publishModel } from '@assay/sdk/publishModel'
import { registerWorker } from '@assay/sdk/registerWorker'
import { requestJob } from '@assay/sdk/requestJob'
import { type ContentStore, startContentStore } from '@assay/worker/contentStore'
import { freePort } from '@assay/worker/freePort'
import { bytesToHex, type Hex, parseEther } from 'viem'
import { type Digit, loadMnist } from '../../scripts/mnist.ts'
import { startLocalChain } from './localChain.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const chainId = 31_337
const patienceMs = 120_000

/** A line of the worker's log. */
export type LogLine = { msg: string } & Record<string, unknown>

/** A worker as its own process. */
export type WorkerProcess = {
  lines: LogLine[]
  statusUrl: () => string
  /** Resolves with the first line, past or to come, that passes; rejects when the process ends before. */
  waitFor: (test: (line: LogLine) => boolean) => Promise<LogLine>
  signal: (name: NodeJS.Signals) => void
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string>
  errorOutput: () => string
}

/** A local market with one published model of digits, and what tests do in it. */
export type TestMarket = {
  network: Network
  folder: string
  manifest: Manifest
  modelId: Hex
  heldOut: Digit[]
  client: (account: number) => MarketClient
  encode: (digit: Digit) => Promise<EncodedInput>
  /** Uploads the input unless told otherwise and requests a job for it as account 1, or another. */
  request: (
    input: EncodedInput,
    options?: { terms?: Partial<OrderTerms>; upload?: boolean; account?: number },
  ) => Promise<Hex>
  /** Publishes the same key for another owner with another graph file; `graphId` is what manifest and registry then say. */
  publish: (options: { account: number; graph: Uint8Array; graphId?: Hex }) => Promise<Hex>
  register: (account: number) => Promise<void>
  events: (jobId: Hex) => Promise<JobEvent[]>
  startWorker: (options?: { dataDir?: string; environment?: Record<string, string> }) => WorkerProcess
  /** Starts an executor that reads content from the market's service; where its queue is, the environment says. */
  startExecutor: (options: { name: string; environment: Record<string, string> }) => WorkerProcess
  passTime: (seconds: number) => Promise<void>
  stopContent: () => Promise<void>
  startContent: () => Promise<void>
  close: () => Promise<void>
}

/** Starts chain, contracts and content store, publishes the perceptron of digits, and registers account 2 as a worker. */
export async function startMarket(): Promise<TestMarket> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-market-'))
  const contentPort = await freePort()
  const contentUrl = `http://127.0.0.1:${contentPort}`
  const chain = await startLocalChain()
  const workers: ChildProcess[] = []
  process.once('exit', () => {
    for (const worker of workers) worker.kill('SIGKILL')
  })
  let content: ContentStore | undefined
  const startContent = async () => {
    content = await startContentStore({ directory: join(folder, 'content'), port: contentPort })
  }
  const stopContent = async () => {
    await content?.close()
    content = undefined
  }
  const close = async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await chain.stop()
    await stopContent()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await startContent()
    // A content service of its own, which tests stop and start again.
    const network: Network = { ...chain.network, contentApiUrl: contentUrl, gatewayUrl: contentUrl }
    writeFileSync(join(folder, 'network.json'), JSON.stringify(network))
    const client = chain.clientOf

    const { train, heldOut } = loadMnist()
    const prepared = await prepareModel({
      onnx: readFileSync(join(root, 'test/fixtures/models/mnist-mlp.onnx')),
      calibration: train.slice(0, 500).map(({ pixels }) => pixels),
      cacheFolder: join(root, '.cache', 'setup'),
    })
    const draft = draftManifest(prepared, { name: 'Digits', inputShape: [28, 28, 1], image: true })
    const publish = (account: number, graph: Uint8Array, graphId: Hex = prepared.graphId) =>
      publishModel(client(account), {
        deployment: network,
        contentApiUrl: contentUrl,
        draft: { ...draft, graphId },
        files: { onnx: prepared.onnx, graph, zkey: prepared.zkey },
        verificationKey: prepared.verificationKeyBytes,
        sample: prepared.sample,
        royaltyBps: 500,
        floorPrice: 1n,
      })
    const register = async (account: number) => {
      await registerWorker(client(account), { deployment: network, stake: parseEther('1') })
    }
    const { model, manifest } = await publish(3, prepared.graph)
    await register(2)
    writeKey(join(folder, 'worker.key'), 2)

    return {
      network,
      folder,
      manifest,
      modelId: model.modelId,
      heldOut,
      client,
      encode: (digit) => encodeInput(manifest.input, digit.pixels),
      request: async (input, { terms = {}, upload = true, account = 1 } = {}) => {
        if (upload) await addContent({ apiUrl: contentUrl, bytes: input.bytes })
        const { jobId } = await requestJob(client(account), {
          deployment: network,
          terms: { modelId: model.modelId, input, maxPrice: parseEther('0.01'), ...terms },
        })
        return jobId
      },
      publish: async ({ account, graph, graphId }) => (await publish(account, graph, graphId)).model.modelId,
      register,
      events: (jobId) => getJobEvents(client(0), { deployment: network, jobId }),
      startWorker: (options) => {
        const { worker, process } = startWorkerProcess(folder, options)
        workers.push(process)
        return worker
      },
      startExecutor: ({ name, environment }) => {
        const config = join(folder, `executor-${name}.yaml`)
        const dataDir = `executor-${name}`
        writeFileSync(
          config,
          JSON.stringify({ name, dataDir, content: { gatewayUrls: [contentUrl] }, http: { port: 0 } }),
        )
        const { worker, process } = startProgram('worker/src/executorMain.ts', { config, environment })
        workers.push(process)
        return worker
      },
      passTime: chain.passTime,
      stopContent,
      startContent,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Waits until all that a worker depends on works, so that it claims jobs and takes signed orders. */
export async function workerReady(worker: WorkerProcess): Promise<void> {
  for (const name of ['chain', 'account', 'content', 'sandbox', 'queue', 'prover']) {
    await worker.waitFor(
      ({ msg, dependency, ok }) => msg === 'dependency changed' && dependency === name && ok === true,
    )
  }
}

/** Writes the key of a development account as the worker's key file. */
export function writeKey(path: string, index: number): void {
  const { privateKey } = developmentAccount({ chainId, index }).getHdKey()
  writeFileSync(path, bytesToHex(privateKey ?? new Uint8Array(32)), { mode: 0o600 })
}

/** Starts a worker on the network and key of a folder, its configuration and data beside them; `environment` overrides settings. */
export function startWorkerProcess(
  folder: string,
  { dataDir = 'worker', environment = {} }: { dataDir?: string; environment?: Record<string, string> } = {},
): { worker: WorkerProcess; process: ChildProcess } {
  const config = join(folder, `${dataDir}.yaml`)
  writeFileSync(
    config,
    JSON.stringify({
      networkFile: 'network.json',
      keyFile: 'worker.key',
      dataDir,
      chain: { pollMs: 50 },
      http: { port: 0 },
    }),
  )
  return startProgram('worker/src/main.ts', { config, environment })
}

/** Starts a program of the worker and reads its log. */
function startProgram(
  program: string,
  { config, environment }: { config: string; environment: Record<string, string> },
): { worker: WorkerProcess; process: ChildProcess } {
  const child = spawn(process.execPath, [join(root, program), '--config', config], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: LogLine[] = []
  const waiting = new Set<() => void>()
  let errors = ''
  let isOver = false
  const { promise: ended, resolve: end } = Promise.withResolvers<number | string>()
  createInterface(child.stdout).on('line', (text) => {
    lines.push(JSON.parse(text))
    for (const check of waiting) check()
  })
  child.stderr.on('data', (piece) => {
    errors += piece
  })
  child.once('close', (code, signal) => {
    isOver = true
    for (const check of waiting) check()
    end(code ?? signal ?? 'unknown')
  })

  const worker: WorkerProcess = {
    lines,
    statusUrl: () => String(lines.find(({ statusUrl }) => statusUrl !== undefined)?.statusUrl),
    waitFor: (test) => {
      const { promise, resolve, reject } = Promise.withResolvers<LogLine>()
      // A net below tests that would otherwise hang; nothing is asserted about time.
      const net = setTimeout(
        () => reject(new Error(`The worker did not write that line.\n${tailOf(lines)}`)),
        patienceMs,
      )
      let looked = 0
      const check = () => {
        const found = lines.slice(looked).find(test)
        looked = lines.length
        if (found === undefined && !isOver) return
        clearTimeout(net)
        waiting.delete(check)
        if (found !== undefined) resolve(found)
        else reject(new Error(`The worker ended before that line. ${errors}\n${tailOf(lines)}`))
      }
      waiting.add(check)
      check()
      return promise
    },
    signal: (name) => void child.kill(name),
    ended,
    errorOutput: () => errors,
  }
  return { worker, process: child }
}

function tailOf(lines: LogLine[]): string {
  return lines
    .slice(-20)
    .map((line) => JSON.stringify(line))
    .join('\n')
}
