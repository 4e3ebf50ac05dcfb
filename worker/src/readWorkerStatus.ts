import { type WorkerStatus, workerStatusSchema } from './workerStatus.ts'

/** No worker answers there. */
export class WorkerUnreachableError extends Error {
  override readonly name = 'WorkerUnreachableError'
  readonly url: string

  constructor({ url, fact }: { url: string; fact: string }, options?: ErrorOptions) {
    super(
      `The worker at ${url} cannot be asked: ${fact}; start it, or name its status server with --url or --config.`,
      options,
    )
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
