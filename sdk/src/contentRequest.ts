import { ContentUnavailableError } from './contentErrors.ts'

const requestTimeoutMs = 30_000
/** A body may take as long as it needs at this rate beside the time of a request. */
const leastBytesPerMs = 100

/**
 * Asks a content service or a gateway, and waits 30 s for its answer, longer for a long body.
 * @param options.bodyBytes length of what is sent
 * @throws ContentUnavailableError, and the signal's reason when it aborts
 */
export async function request(
  { url, init, bodyBytes = 0 }: { url: string; init: RequestInit; bodyBytes?: number },
  signal?: AbortSignal,
): Promise<Response> {
  const timeout = AbortSignal.timeout(requestTimeoutMs + Math.ceil(bodyBytes / leastBytesPerMs))
  try {
    return await fetch(url, { ...init, signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new ContentUnavailableError({ url, reason: 'did not answer', cause })
  }
}
