import * as z from 'zod/v4/mini'

const text = z.string()
const count = z.number()
/** Wei as decimal digits: JSON's numbers do not hold them. */
const wei = z.string().check(z.regex(/^\d+$/))

/** What /status says: all that an operator asks of a worker at once. */
export const workerStatusSchema = z.object({
  network: z.object({ name: text, chainId: count }),
  startedAt: text,
  uptimeSeconds: count,
  ready: z.boolean(),
  dependencies: z.record(text, z.object({ ok: z.boolean(), detail: text, since: text })),
  signer: text,
  /** As the chain said it at `readAt`; absent before its first answer. */
  account: z.optional(
    z.object({
      readAt: text,
      /** Free wei of the signer, which pays for gas. */
      gasMoney: wei,
      /** Absent while the registry does not know the signer. */
      operator: z.optional(z.object({ address: text, free: wei, bonded: wei, minStake: wei, balance: wei })),
    }),
  ),
  earned: z.object({ total: z.object({ jobs: count, wei }), lastDay: z.object({ jobs: count, wei }) }),
  jobs: z.record(text, count),
  /** Jobs that are worked on or claimed; `secondsLeft` to answer, once claimed. */
  working: z.array(
    z.object({
      jobId: text,
      modelId: text,
      stage: text,
      running: z.boolean(),
      price: z.optional(wei),
      secondsLeft: z.optional(count),
    }),
  ),
  declined: z.record(text, count),
  proving: z.array(z.object({ modelId: text, proofs: count, p50Ms: count, p95Ms: count })),
  endpoints: z.array(z.object({ label: text, breaker: text, head: count })),
  outbox: z.record(text, count),
  sandbox: z.object({ rung: text, detail: text, waiting: count }),
  /** Absent when the key's file does not say when it was made. */
  key: z.optional(z.object({ createdAt: text, ageDays: count })),
})

/** What /status says; amounts in wei, times in ISO 8601. */
export type WorkerStatus = z.infer<typeof workerStatusSchema>

/** No worker answers there. */
export class WorkerUnreachableError extends Error {
  override readonly name = 'WorkerUnreachableError'
  readonly url: string

  constructor({ url, fact }: { url: string; fact: string }, options?: ErrorOptions) {
    super(`The worker at ${url} cannot be asked: ${fact}; start it, or name the address of its status server.`, options)
    this.url = url
  }
}

/** A chain that does not answer delays the worker's answer by 2 s at most. */
const patienceMs = 10_000

/**
 * Asks a worker how it is.
 * @param url of its status server, without a path
 * @throws WorkerUnreachableError; the signal's reason
 */
export async function readWorkerStatus(url: string, signal: AbortSignal): Promise<WorkerStatus> {
  let response: Response
  let body: unknown
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    response = await fetch(new URL('/status', url), { signal: limit, redirect: 'error' })
    body = await response.json()
  } catch (cause) {
    signal.throwIfAborted()
    const fact = cause instanceof SyntaxError ? 'something else answers' : 'it does not answer'
    throw new WorkerUnreachableError({ url, fact }, { cause })
  }
  const parsed = workerStatusSchema.safeParse(body)
  if (parsed.success) return parsed.data
  const fact = response.ok ? 'something else, or another version, answers' : `it answers with status ${response.status}`
  throw new WorkerUnreachableError({ url, fact }, { cause: parsed.error })
}
