import { join } from 'node:path'
import { chooseProver } from '@assay/circuits/chooseProver'
import { createChainLogs } from './chainLogs.ts'
import { announceHeads, type ChainPush, createChainPush } from './chainPush.ts'
import type { WorkerConfig } from './config.ts'
import { createContentFetch } from './contentFetch.ts'
import { gatewaySource, kuboSource } from './contentSource.ts'
import { openContentStaging } from './contentStaging.ts'
import { type ContentStore, startContentStore } from './contentStore.ts'
import { createHealth, type Health } from './health.ts'
import { createInspectModel } from './inspectModel.ts'
import { createJobQueue, type JobQueue } from './jobQueue.ts'
import { createLoadModel } from './loadModel.ts'
import { createLogger, type WorkerLogger } from './log.ts'
import { connectMarket, identifyChain, type MarketChain, type Operator, readOperator } from './marketChain.ts'
import { openModelCache } from './modelCache.ts'
import { createOutbox } from './outbox.ts'
import { backoffMs, pause } from './retry.ts'
import { createSandbox } from './sandbox/createSandbox.ts'
import { openSigner, type SignerSources } from './signer.ts'
import { workerPolicy } from './signerWorkerPolicy.ts'
import { startStatusServer } from './statusServer.ts'
import { openStore, type Store } from './store.ts'
import { createSubmitBatch } from './submitBatch.ts'
import { watchJobs } from './watchJobs.ts'

/** A running worker. */
export type Worker = {
  /** Where /live, /ready, /health, /jobs and /metrics are. */
  statusUrl: string
  /** The content service, when the configuration has `content.serve`. */
  contentStore?: ContentStore
  /** Takes no new jobs, finishes claimed ones within `limits.stopSeconds`, and stops. Nothing is lost when it is cut short. */
  stop: () => Promise<void>
  /** Resolves when the worker has stopped. */
  done: Promise<void>
}

/** What the model cache leaves free on its disk: the store and its log have to be able to grow. */
const minFreeBytes = 512 * 1024 * 1024

/**
 * Starts the daemon that answers jobs. Chain and content may come and go: it waits for them, claims nothing meanwhile, and goes on
 * where it stopped.
 * @throws KeyFileError and the like when there is no key, PortInUseError, IsolationUnavailableError, and errors of the disk; everything later is logged and retried
 */
export async function startWorker(config: WorkerConfig, options: { logger?: WorkerLogger } = {}): Promise<Worker> {
  const logger = options.logger ?? createLogger(config.log.level)
  const account = await openSigner({ sources: signerSources(config), policy: workerPolicy(config.network) })
  const { breakerFailures, breakerRecoverySeconds } = config.chain
  const chain = connectMarket(config.network, {
    account,
    rpcUrls: config.chain.rpcUrls,
    breaker: { failures: breakerFailures, recoveryMs: breakerRecoverySeconds * 1000 },
  })
  const { requireIsolation, warmProcesses, memoryMb } = config.sandbox
  const sandbox = await createSandbox({
    directory: join(config.dataDir, 'tmp'),
    requireIsolation,
    warm: warmProcesses,
    ...(memoryMb > 0 && { memoryMb }),
  })
  const claiming = new AbortController()
  const working = new AbortController()

  const store = openStore(config.dataDir)
  const contentStore = config.content.serve && (await startContentStore(config.content.serve))
  const gatewayUrls = config.content.gatewayUrls.length > 0 ? config.content.gatewayUrls : [config.network.gatewayUrl]
  const fetchVerified = createContentFetch({
    sources: [...config.content.kuboUrls.map(kuboSource), ...gatewayUrls.map(gatewaySource)],
    // Room for one download of the largest model that is admitted, beside its neighbours.
    staging: openContentStaging({
      directory: join(config.dataDir, 'staging'),
      maxBytes: 2 * config.admission.maxModelBytes,
    }),
    logger: logger.child({ service: 'content' }),
  })
  const cache = openModelCache({
    directory: join(config.dataDir, 'models'),
    maxBytes: config.content.cacheBytes,
    minFreeBytes,
    fetch: ({ cid, bytes }, signal) => fetchVerified({ cid, maxBytes: bytes }, signal),
    signal: working.signal,
  })
  const limits = { ...config.limits, maxModelBytes: config.admission.maxModelBytes }
  const loadModel = createLoadModel({
    chain,
    cache,
    fetchVerified,
    inspectModel: createInspectModel(sandbox, config.limits),
    manifestDirectory: join(config.dataDir, 'manifests'),
    limits,
  })
  const chainLogger = logger.child({ service: 'chain' })
  const { pushUrl } = config.chain
  const push = createChainPush(pushUrl === '' ? undefined : announceHeads(pushUrl), chainLogger)
  const outbox = createOutbox({ chain, store, limits: config.chain, nextBlock: push.next }, chainLogger)
  const health = createHealth((dependency, state) => {
    logger[state.ok ? 'info' : 'warn']({ msg: 'dependency changed', dependency, ...state })
  })
  health.report('sandbox', { ok: true, detail: sandbox.detail })
  health.report('prover', { ok: true, detail: (await chooseProver()).detail })
  const sending = new AbortController()
  const others = () => store.openJobs().filter(({ due }) => due !== undefined).length
  const submitBatch = createSubmitBatch(
    { chain, outbox, limits: config.chain, others },
    { logger: chainLogger, signal: working.signal },
  )
  let queue: JobQueue | undefined
  const running = () => queue?.running() ?? []
  const status = await startStatusServer(
    { health, store, cache, sandbox, running, endpoints: chain.endpoints },
    config.http,
  )
  logger.info({ msg: 'worker started', account: account.address, statusUrl: status.url, network: config.network.name })

  async function work(): Promise<void> {
    const joined = await joinMarket({ chain, store, health, logger, config }, claiming.signal)
    if (joined === undefined) return
    const parts = {
      config,
      chain,
      operator: joined,
      store,
      outbox,
      submitBatch,
      loadModel,
      fetchVerified,
      sandbox,
      logger,
    }
    queue = createJobQueue(parts, { claiming: claiming.signal, working: working.signal })
    const transactions = outbox.run(sending.signal)
    await followChain({ chain, store, health, logger, config, operator: joined, queue, push }, claiming.signal)
    await queue.idle()
    sending.abort()
    await transactions
  }

  const probing = probeContent({ gatewayUrls, health, everyMs: Math.max(1000, config.chain.pollMs) }, claiming.signal)
  const done = Promise.all([work(), probing]).then(async () => {
    push.close()
    await status.close()
    await sandbox.close()
    await contentStore?.close()
    store.close()
    logger.info({ msg: 'worker stopped' })
  })

  return {
    statusUrl: status.url,
    ...(contentStore && { contentStore }),
    stop: async () => {
      claiming.abort(new Error('The worker is stopping.'))
      const timer = setTimeout(
        () => working.abort(new Error('The worker stops now.')),
        config.limits.stopSeconds * 1000,
      )
      await done
      clearTimeout(timer)
    },
    done,
  }
}

/** An empty setting is none. */
function signerSources(config: WorkerConfig): SignerSources {
  const { keyFile, passphraseFile, passphraseDescriptor, passphraseCredential, signer } = config
  return {
    // The configuration's pattern for addresses is that of viem's Address.
    ...(signer.url !== '' && { remote: { url: signer.url, address: signer.address as `0x${string}` } }),
    ...(keyFile !== '' && { keyFile }),
    ...(passphraseFile !== '' && { passphrase: { file: passphraseFile } }),
    ...(passphraseDescriptor !== 0 && { passphrase: { descriptor: passphraseDescriptor } }),
    ...(passphraseCredential !== '' && { passphrase: { credential: passphraseCredential } }),
  }
}

type LoopParts = { chain: MarketChain; store: Store; health: Health; logger: WorkerLogger; config: WorkerConfig }

/** Waits until the chain answers and the registry knows the worker's account; undefined when stopped before. */
async function joinMarket(parts: LoopParts, signal: AbortSignal): Promise<Operator | undefined> {
  const { chain, store, health, logger } = parts
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const identity = await identifyChain(chain)
      if (store.bind(identity)) logger.warn({ msg: 'another chain than before; starting afresh', identity })
      health.report('chain', { ok: true, detail: 'answers' })
      const operator = await readOperator(chain)
      reportAccount(parts, operator)
      if (operator !== undefined) return operator
    } catch (err) {
      health.report('chain', { ok: false, detail: sentenceOf(err) })
      logger.warn({ msg: 'chain unavailable', service: 'chain', err })
    }
    await pause(Math.min(backoffMs(attempt), 5000), signal)
  }
  return undefined
}

/** Reads events and keeps the queue going until the worker is to stop. Errors are logged and the next turn tries again. */
async function followChain(
  parts: LoopParts & { operator: Operator; queue: JobQueue; push: ChainPush },
  signal: AbortSignal,
): Promise<void> {
  const { chain, store, health, logger, config, operator, queue, push } = parts
  const chainLogger = logger.child({ service: 'chain' })
  const logs = createChainLogs(chain, config.chain.logRange)
  let failures = 0
  while (!signal.aborted) {
    try {
      await watchJobs({ chain, store, logs, operator: operator.address }, { logger: chainLogger, signal })
      reportAccount(parts, await readOperator(chain))
      failures = 0
      health.report('chain', { ok: true, detail: 'answers' })
      // Claimed jobs go on without the content service; new ones wait until everything is there.
      queue.start(health.ready())
    } catch (err) {
      failures += 1
      health.report('chain', { ok: false, detail: sentenceOf(err) })
      chainLogger.warn({ msg: 'chain unavailable', err })
    }
    if (failures > 0) await pause(backoffMs(failures), signal)
    else await push.next(config.chain.pollMs, signal)
  }
}

function reportAccount({ chain, health }: LoopParts, operator: Operator | undefined): void {
  const { address } = chain.account
  if (operator === undefined) {
    const detail = `Account ${address} is no registered worker; register it with a stake (assay stake register).`
    health.report('account', { ok: false, detail })
  } else if (operator.free + operator.bonded < operator.minStake) {
    const stake = operator.free + operator.bonded
    const detail = `Worker ${operator.address} has ${stake} wei of stake; the registry asks for ${operator.minStake}: add stake.`
    health.report('account', { ok: false, detail })
  } else {
    health.report('account', {
      ok: true,
      detail: `acts for ${operator.address} with ${operator.free} wei of free stake`,
    })
  }
}

/** Asks the gateways again and again whether one of them answers at all. */
async function probeContent(
  { gatewayUrls, health, everyMs }: { gatewayUrls: readonly string[]; health: Health; everyMs: number },
  signal: AbortSignal,
): Promise<void> {
  // The empty block: gateways need nobody to answer for it, and any answer but a failure of their own shows that they run.
  const probe = '/ipfs/bafkqaaa?format=raw'
  while (!signal.aborted) {
    const answers = await Promise.all(gatewayUrls.map((url) => answersAt(`${url}${probe}`, signal)))
    const ok = answers.includes(true)
    health.report('content', { ok, detail: ok ? 'answers' : `no answer from ${gatewayUrls.join(', ')}` })
    await pause(everyMs, signal)
  }
}

async function answersAt(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) })
    await response.body?.cancel()
    return response.status < 500
  } catch {
    return false
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error)
}
