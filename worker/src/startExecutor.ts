import { hostname } from 'node:os'
import { join } from 'node:path'
import { chooseProver } from '@assay/circuits/chooseProver'
import type { ExecutorConfig } from './config.ts'
import { createContentFetch } from './contentFetch.ts'
import { openContentSources } from './contentSources.ts'
import { openContentStaging } from './contentStaging.ts'
import { createChecks } from './createChecks.ts'
import { createExecutor, createRegisteredModels, type ExecutorParts } from './executor.ts'
import { createHealth } from './health.ts'
import { createInspectModel } from './inspectModel.ts'
import { createLoadModel, type LoadModel } from './loadModel.ts'
import { createLogger, type WorkerLogger } from './log.ts'
import { watchLoopLag } from './loopLag.ts'
import { diskFloorBytes, openModelCache } from './modelCache.ts'
import { openCompute } from './openCompute.ts'
import { openQueue } from './openQueue.ts'
import { openSandbox } from './openSandbox.ts'
import { probeContent } from './probeContent.ts'
import { readResourceUsage } from './resourceUsage.ts'
import { startStatusServer } from './statusServer.ts'
import { executorMetrics } from './workerMetrics.ts'

/** A running executor. */
export type RunningExecutor = {
  /** Where /live, /ready, /health and /metrics are. */
  statusUrl: string
  /** Takes nothing more, finishes what runs within `limits.stopSeconds`, gives the rest back, and stops. */
  stop: () => Promise<void>
  /** Resolves when it has stopped. */
  done: Promise<void>
}

/** Between two looks at the content sources, in milliseconds. */
const probeMs = 2000

/**
 * Starts a process that computes and proves what the machine that signs puts into the queue. It knows no chain and holds no key.
 * @throws KeyFileError for `queue.urlFile`, PortInUseError, IsolationUnavailableError, and errors of the disk; everything later is logged and retried
 */
export async function startExecutor(
  config: ExecutorConfig,
  options: { logger?: WorkerLogger } = {},
): Promise<RunningExecutor> {
  const logger = (options.logger ?? createLogger(config.log.level)).child({ service: 'executor' })
  const { limits, content, dataDir } = config
  const queue = await openQueue(config.queue, dataDir)
  const sandbox = await openSandbox(config)
  const checks = createChecks()
  const taking = new AbortController()
  const working = new AbortController()
  const { blocks, sources } = await openContentSources({
    ...content,
    directory: content.embedded.directory || join(dataDir, 'content'),
  })
  const fetchVerified = createContentFetch({
    sources,
    staging: openContentStaging({ directory: join(dataDir, 'staging'), maxBytes: 2 * limits.maxModelBytes }),
    logger: logger.child({ service: 'content' }),
  })
  const cache = openModelCache({
    directory: join(dataDir, 'models'),
    maxBytes: content.cacheBytes,
    minFreeBytes: diskFloorBytes,
    fetch: ({ cid, bytes }, signal) => fetchVerified({ cid, maxBytes: bytes }, signal),
    signal: working.signal,
  })
  const { learn, readModel } = createRegisteredModels()
  const { kind: prover, detail: proverDetail } = await chooseProver()
  const loadModel: LoadModel = createLoadModel({
    readModel,
    cache,
    fetchVerified,
    inspectModel: createInspectModel(sandbox, limits),
    manifestDirectory: join(dataDir, 'manifests'),
    limits,
    prover,
  })
  const compute = await openCompute({ sandbox, checks, caps: limits, jobs: limits.slots }, config)
  const parts: ExecutorParts = {
    ...limits,
    ...compute,
    sandbox,
    checks,
    name: config.name || `${hostname()}-${process.pid}`,
    queue,
    leaseMs: config.queue.leaseSeconds * 1000,
    loadModel: (model, signal) => {
      learn(model)
      return loadModel(model.modelId, signal)
    },
    fetchVerified,
    logger,
  }
  const health = createHealth(
    (dependency, state) => logger[state.ok ? 'info' : 'warn']({ msg: 'dependency changed', dependency, ...state }),
    ['content', 'sandbox', 'queue', 'prover'],
  )
  health.report('sandbox', { ok: true, detail: sandbox.detail })
  health.report('prover', { ok: true, detail: proverDetail })
  const executor = createExecutor(parts)
  const loopLag = watchLoopLag()
  const resources = () => readResourceUsage(dataDir)
  const status = await startStatusServer(
    {
      health,
      metrics: () =>
        executorMetrics({
          health,
          cache,
          sandbox,
          processes: compute.processes,
          resources,
          loopLag,
          slots: limits.slots,
          executor,
        }),
      json: { '/health': () => ({ ready: health.ready(), dependencies: health.states() }) },
    },
    config.http,
  )
  logger.info({ msg: 'executor started', name: parts.name, statusUrl: status.url, slots: limits.slots })

  const report = (state: { ok: boolean; detail: string }) => health.report('content', state)
  const { gatewayUrls } = content
  const probing = probeContent({ blocks, gatewayUrls, everyMs: probeMs, report }, taking.signal)
  const work = executor.run({ taking: taking.signal, working: working.signal }, (state) =>
    health.report('queue', state),
  )
  const done = Promise.all([work, probing]).then(async () => {
    loopLag.stop()
    await status.close()
    await compute.close()
    await sandbox.close()
    await checks.close()
    await queue.close()
    logger.info({ msg: 'executor stopped' })
  })

  return {
    statusUrl: status.url,
    stop: async () => {
      taking.abort(new Error('The executor is stopping.'))
      const timer = setTimeout(() => working.abort(new Error('The executor stops now.')), limits.stopSeconds * 1000)
      await done
      clearTimeout(timer)
    },
    done,
  }
}
