import { setTimeout as delay } from 'node:timers/promises'

/** A service did not become ready. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError'

  constructor({ what, seconds }: { what: string; seconds: number }) {
    super(`${what} was not ready after ${seconds} s; look at its log in the devnet's logs folder.`)
  }
}

/**
 * Asks again and again until the answer is yes. A question that throws is a no.
 * @throws NotReadyError after `seconds`; the signal's reason when it aborts
 */
export async function waitFor(
  { what, seconds = 60, ready }: { what: string; seconds?: number; ready: () => Promise<boolean> },
  signal: AbortSignal,
): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await ready().catch(() => false))) {
    if (Date.now() > end) throw new NotReadyError({ what, seconds })
    await delay(50, undefined, { signal })
  }
  signal.throwIfAborted()
}
