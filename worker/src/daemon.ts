import { join } from 'node:path'
import { chooseProver } from '@assay/circuits/chooseProver'
import { formatEther } from 'viem'
import { createAccountReader } from './accountReader.ts'
import { answerHere } from './answers.ts'
import { createCapacity } from './capacity.ts'
import { createChainLogs } from './chainLogs.ts'
import { announceHeads, type ChainPush, createChainPush } from './chainPush.ts'
import type { WorkerConfig } from './config.ts'
import { createContentFetch } from './contentFetch.ts'
import { openContentSources } from './contentSources.ts'
import { openContentStaging } from './contentStaging.ts'
import { type ContentStore, startContentStore } from './contentStore.ts'
import { createChecks } from './createChecks.ts'
import { createFleet } from './fleet.ts'
import { createHealth, type Dependency, type Health } from './health.ts'
import { createInspectModel } from './inspectModel.ts'
import { createJobQueue, type JobQueue } from './jobQueue.ts'
import { createJobSlots } from './jobSlots.ts'
import { openJobTrace } from './jobTrace.ts'
import { readKeyCreation } from './keyCreation.ts'
import { createLoadModel, readRegistered } from './loadModel.ts'
import { createLogger, type Service, type WorkerLogger } from './log.ts'
import { watchLoopLag } from './loopLag.ts'
import { connectMarket, identifyChain, type MarketChain, type Operator, readOperator } from './marketChain.ts'
import { readMemoryPressure } from './memoryPressure.ts'
import { diskFloorBytes, openModelCache } from './modelCache.ts'
import { openCompute } from './openCompute.ts'
import { openQueue } from './openQueue.ts'
import { openSandbox } from './openSandbox.ts'
import { startOrderServer } from './orderServer.ts'
import { createOutbox } from './outbox.ts'
import { probeContent } from './probeContent.ts'
import { readResourceUsage } from './resourceUsage.ts'
import { backoffMs, pause } from './retry.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
import { openSigner, type SignerSources } from './signer.ts'
import { workerPolicy } from './signerWorkerPolicy.ts'
import { startStatusServer } from './statusServer.ts'
import { openStore, type Store } from './store.ts'
import { createSubmitBatch } from './submitBatch.ts'
import { watchJobs } from './watchJobs.ts'
import { workerPages } from './workerPages.ts'

/** A running worker. */
export type Worker = {
  /** Where /live, /ready, /health, /status, /jobs and /metrics are. */
  statusUrl: string
  /** Where signed orders are taken, when the configuration has `orders.port`. */
  ordersUrl?: string
  /** The content service, when the configuration has `content.embedded.servePort`. */
  contentStore?: ContentStore
  /** Takes no new jobs, finishes claimed ones within `limits.stopSeconds`, and stops. Nothing is lost when it is cut short. */
  stop: () => Promise<void>
  /** Resolves when the worker has stopped. */
  done: Promise<void>
}

const dependencyServices = {
  chain: 'chain',
  account: 'chain',
  content: 'content',
  sandbox: 'inference',
  queue: 'queue',
  prover: 'prover',
} as const satisfies Record<Dependency, Service>

/**
 * Starts the daemon that answers jobs. Chain and content may come and go: it waits for them, claims nothing meanwhile, and goes on
 * where it stopped.
 * @throws KeyFileError and the like when there is no key, PortInUseError, IsolationUnavailableError, and errors of the disk; everything later is logged and retried
 */
export async function startWorker(
  config: WorkerConfig,
  options: { logger?: WorkerLogger; sandbox?: Promise<Sandbox> } = {},
): Promise<Worker> {
  const logger = options.logger ?? createLogger(config.log.level)
  const account = await openSigner({ sources: signerSources(config), policy: workerPolicy(config.network) })
  const { breakerFailures, breakerRecoverySeconds } = config.chain
  const chain = connectMarket(config.network, {
    account,
    rpcUrls: config.chain.rpcUrls,
    breaker: { failures: breakerFailures, recoveryMs: breakerRecoverySeconds * 1000 },
  })
  const sandbox = await (options.sandbox ?? openSandbox(config))
  const trace = await openJobTrace({
    otlpUrl: config.telemetry.otlpUrl || (process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? ''),
    chainId: config.network.chainId,
    worker: account.address,
    onFailure: (detail) => logger.warn({ msg: 'traces not exported', detail }),
  })
  const claiming = new AbortController()
  const working = new AbortController()

  const store = openStore(config.dataDir)
  const { embedded, kuboUrls } = config.content
  const gatewayUrls = config.content.gatewayUrls.length > 0 ? config.content.gatewayUrls : [config.network.gatewayUrl]
  const directory = embedded.directory || join(config.dataDir, 'content')
  const { blocks, sources } = await openContentSources({ directory, kuboUrls, gatewayUrls })
  const contentStore =
    embedded.servePort === 0 ? undefined : await startContentStore({ directory, port: embedded.servePort, blocks })
  const fetchVerified = createContentFetch({
    sources,
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
    minFreeBytes: diskFloorBytes,
    fetch: ({ cid, bytes }, signal) => fetchVerified({ cid, maxBytes: bytes }, signal),
    signal: working.signal,
  })
  const limits = { ...config.limits, maxModelBytes: config.admission.maxModelBytes }
  const { kind: prover, detail: proverDetail } = await chooseProver()
  const loadModel = createLoadModel({
    readModel: (modelId) => readRegistered(chain, modelId),
    cache,
    fetchVerified,
    inspectModel: createInspectModel(sandbox, config.limits),
    manifestDirectory: join(config.dataDir, 'manifests'),
    limits,
    prover,
  })
  const checks = createChecks()
  const sharedQueue =
    config.queue.kind === 'embedded'
      ? undefined
      : await openQueue({ ...config.queue, kind: config.queue.kind }, config.dataDir)
  const fleet =
    sharedQueue && createFleet({ queue: sharedQueue, store, checks, logger: logger.child({ service: 'queue' }) })
  const compute = await openCompute({ sandbox, checks, caps: limits, jobs: limits.jobs }, config)
  const { maxInputBytes } = config.admission
  const self = { ...limits, slots: limits.jobs, maxInputBytes, rung: sandbox.rung }
  const answers = fleet ?? answerHere({ ...compute, store, self })
  const unanswered = () => store.openJobs().filter(({ due, answer }) => due !== undefined && answer === undefined)
  const capacity = createCapacity({
    executors: answers.executors,
    claimed: () => unanswered().map(({ jobId }) => jobId),
  })
  const chainLogger = logger.child({ service: 'chain' })
  const { pushUrl } = config.chain
  const push = createChainPush(pushUrl === '' ? undefined : announceHeads(pushUrl), chainLogger)
  const outbox = createOutbox({ chain, store, limits: config.chain, nextBlock: push.next }, chainLogger)
  const health = createHealth((dependency, state) => {
    const service: Service = dependencyServices[dependency]
    logger[state.ok ? 'info' : 'warn']({ msg: 'dependency changed', service, dependency, ...state })
  })
  health.report('sandbox', { ok: true, detail: sandbox.detail })
  if (fleet === undefined) health.report('queue', { ok: true, detail: 'embedded: this process computes and proves' })
  health.report('prover', { ok: true, detail: proverDetail })
  const sending = new AbortController()
  const collecting = new AbortController()
  const others = () => store.openJobs().filter(({ due }) => due !== undefined).length
  const submitBatch = createSubmitBatch(
    { chain, outbox, limits: config.chain, others },
    { logger: chainLogger, signal: working.signal },
  )
  let queue: JobQueue | undefined
  const running = () => queue?.running() ?? []
  const loopLag = watchLoopLag()
  const slots = createJobSlots({
    jobs: config.limits.jobs,
    pressure: readMemoryPressure,
    onChange: (open, pressure) => logger.warn({ msg: 'job slots', service: 'inference', open, ...pressure }),
  })
  const status = await startStatusServer(
    workerPages({
      health,
      store,
      cache,
      sandbox,
      processes: compute.processes,
      running,
      slots,
      answers,
      fleet,
      resources: () => readResourceUsage(config.dataDir),
      loopLag,
      endpoints: chain.endpoints,
      account: createAccountReader(chain),
      identity: {
        network: { name: config.network.name, chainId: config.network.chainId },
        signer: account.address,
        startedAt: Date.now(),
        keyCreatedAt: readKeyCreation(config),
      },
    }),
    config.http,
  )
  let operator: Operator | undefined
  const desk = { chain, config, store, operator: () => operator, ready: health.ready }
  const orders = config.orders.port === 0 ? undefined : await startOrderServer(desk, config.orders)
  logger.info({
    msg: 'worker started',
    account: account.address,
    statusUrl: status.url,
    ...(orders && { ordersUrl: orders.url }),
    network: config.network.name,
  })

  async function work(): Promise<void> {
    const joined = await joinMarket({ chain, store, health, logger, config }, claiming.signal)
    if (joined === undefined) return
    operator = joined
    const parts = {
      config,
      chain,
      operator: joined,
      store,
      outbox,
      submitBatch,
      loadModel,
      fetchVerified,
      answers,
      capacity,
      slots: slots.open,
      checks,
      logger,
      trace,
    }
    queue = createJobQueue(parts, { claiming: claiming.signal, working: working.signal })
    const transactions = outbox.run(sending.signal)
    const collected = fleet?.run((state) => health.report('queue', state), collecting.signal)
    await followChain({ chain, store, health, logger, config, operator: joined, queue, push }, claiming.signal)
    await queue.idle()
    sending.abort()
    await transactions
    collecting.abort()
    await collected
  }

  const everyMs = Math.max(1000, config.chain.pollMs)
  const report = (state: { ok: boolean; detail: string }) => health.report('content', state)
  const probing = probeContent({ blocks, gatewayUrls, everyMs, report }, claiming.signal)
  const done = Promise.all([work(), probing]).then(async () => {
    push.close()
    loopLag.stop()
    await orders?.close()
    await status.close()
    await compute.close()
    await sandbox.close()
    await trace.close()
    await checks.close()
    await contentStore?.close()
    await sharedQueue?.close()
    store.close()
    logger.info({ msg: 'worker stopped' })
  })

  return {
    statusUrl: status.url,
    ...(orders && { ordersUrl: orders.url }),
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
  const { pkcs11Uri, keyFile, passphraseFile, passphraseDescriptor, passphraseCredential, signer } = config
  return {
    ...(pkcs11Uri !== '' && { pkcs11Uri }),
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
      logger.warn({ msg: 'chain unavailable', service: 'chain' satisfies Service, err })
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
    // From before the chain is read: a block that comes meanwhile may not be in what is read.
    const block = push.next(config.chain.pollMs, signal)
    try {
      await watchJobs({ chain, store, logs, operator: operator.address }, { logger: chainLogger, signal })
      // Others want a new job too. Claimed jobs go on without the content service; new ones wait until everything is there.
      queue.start(health.ready())
      reportAccount(parts, await readOperator(chain))
      failures = 0
      health.report('chain', { ok: true, detail: 'answers' })
      queue.start(health.ready())
    } catch (err) {
      failures += 1
      health.report('chain', { ok: false, detail: sentenceOf(err) })
      chainLogger.warn({ msg: 'chain unavailable', err })
    }
    if (failures > 0) await pause(backoffMs(failures), signal)
    else await block
  }
}

function reportAccount({ chain, health }: LoopParts, operator: Operator | undefined): void {
  const { address } = chain.account
  if (operator === undefined) {
    const detail = `Account ${address} is no registered worker; register it with a stake (assay stake register).`
    health.report('account', { ok: false, detail })
  } else if (operator.free + operator.bonded < operator.minStake) {
    const [stake, needed] = [operator.free + operator.bonded, operator.minStake].map((wei) => formatEther(wei))
    const detail = `Worker ${operator.address} has ${stake} ETH of stake; the registry asks for ${needed}: add stake.`
    health.report('account', { ok: false, detail })
  } else {
    health.report('account', {
      ok: true,
      detail: `acts for ${operator.address} with ${formatEther(operator.free)} ETH of free stake`,
    })
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error)
}
