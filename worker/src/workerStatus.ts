import { z } from 'zod'
import type { StoredJob } from './store.ts'
import type { StatusSources } from './workerPages.ts'

const dayMs = 24 * 60 * 60 * 1000
const text = z.string()
const count = z.number()
/** Wei as decimal digits: JSON's numbers do not hold them. */
const wei = z.string().regex(/^\d+$/)

/** What /status says: all that an operator asks of a worker at once. */
export const workerStatusSchema = z.object({
  network: z.object({ name: text, chainId: count }),
  startedAt: text,
  uptimeSeconds: count,
  ready: z.boolean(),
  dependencies: z.record(text, z.object({ ok: z.boolean(), detail: text, since: text })),
  signer: text,
  /** As the chain said it at `readAt`; absent before its first answer. */
  account: z
    .object({
      readAt: text,
      /** Free wei of the signer, which pays for gas. */
      gasMoney: wei,
      /** Absent while the registry does not know the signer. */
      operator: z.object({ address: text, free: wei, bonded: wei, minStake: wei, balance: wei }).optional(),
    })
    .optional(),
  earned: z.object({ total: z.object({ jobs: count, wei }), lastDay: z.object({ jobs: count, wei }) }),
  jobs: z.record(text, count),
  /** Jobs that are worked on or claimed; `secondsLeft` to answer, once claimed. */
  working: z.array(
    z.object({
      jobId: text,
      modelId: text,
      stage: text,
      running: z.boolean(),
      price: wei.optional(),
      secondsLeft: count.optional(),
    }),
  ),
  declined: z.record(text, count),
  proving: z.array(z.object({ modelId: text, proofs: count, p50Ms: count, p95Ms: count })),
  endpoints: z.array(z.object({ label: text, breaker: text, head: count })),
  outbox: z.record(text, count),
  sandbox: z.object({ rung: text, detail: text, waiting: count }),
  /** Absent when the key's file does not say when it was made. */
  key: z.object({ createdAt: text, ageDays: count }).optional(),
})

/** What /status says; amounts in wei, times in ISO 8601. */
export type WorkerStatus = z.infer<typeof workerStatusSchema>

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
