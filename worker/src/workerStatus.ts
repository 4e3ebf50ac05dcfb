import type { WorkerStatus } from '@assay/sdk/readWorkerStatus'
import type { StoredJob } from './store.ts'
import type { StatusSources } from './workerPages.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Puts together what /status says now. */
export async function workerStatus(sources: StatusSources, now: number = Date.now()): Promise<WorkerStatus> {
  const { identity, health, store, sandbox, running, endpoints } = sources
  const account = await sources.account()
  const [total, lastDay] = [store.earnings(), store.earnings(now - dayMs)]
  const key = keyAge(sources, now)
  return {
    network: { ...identity.network },
    startedAt: new Date(identity.startedAt).toISOString(),
    uptimeSeconds: Math.floor((now - identity.startedAt) / 1000),
    ready: health.ready(),
    dependencies: health.states(),
    signer: identity.signer,
    ...(account && { account }),
    earned: { total: { ...total, wei: `${total.wei}` }, lastDay: { ...lastDay, wei: `${lastDay.wei}` } },
    jobs: store.counts(),
    working: workingJobs(store.openJobs(), { running: running(), now }),
    declined: store.declinedCounts(),
    proving: store.provingTimes(),
    endpoints: [...endpoints.states()],
    outbox: store.outboxCounts(),
    sandbox: { rung: sandbox.rung, detail: sandbox.detail, waiting: sandbox.waiting() },
    ...(key && { key }),
  }
}

/** When the key was made and how old it is in whole days; undefined when its file does not say. */
export function keyAge(
  { identity: { keyCreatedAt } }: Pick<StatusSources, 'identity'>,
  now: number = Date.now(),
): { createdAt: string; ageDays: number } | undefined {
  if (keyCreatedAt === undefined) return undefined
  return { createdAt: keyCreatedAt, ageDays: Math.max(0, Math.floor((now - Date.parse(keyCreatedAt)) / dayMs)) }
}

function workingJobs(
  open: readonly StoredJob[],
  { running, now }: { running: readonly string[]; now: number },
): WorkerStatus['working'] {
  return open
    .filter(({ jobId, due }) => due !== undefined || running.includes(jobId))
    .map(({ jobId, order, stage, price, due }) => ({
      jobId,
      modelId: order.modelId,
      stage,
      running: running.includes(jobId),
      ...(price !== undefined && { price: `${price}` }),
      ...(due !== undefined && { secondsLeft: due - Math.floor(now / 1000) }),
    }))
}
