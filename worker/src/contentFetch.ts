import { createHash } from 'node:crypto'
import type { FsBlockstore } from 'blockstore-fs'
import { exporter } from 'ipfs-unixfs-exporter'
import type { CID } from 'multiformats/cid'
import { type Breaker, type BreakerLimits, createBreaker } from './breaker.ts'
import { BlockMissingError, CidUnsupportedError, maxBlockBytes, parseCid } from './contentBlocks.ts'
import { type ContentSource, SourceFailedError } from './contentSource.ts'
import type { ContentStaging } from './contentStaging.ts'
import type { FetchVerified } from './fetchVerified.ts'
import { JobRefusedError, RetryableError } from './jobErrors.ts'
import type { WorkerLogger } from './log.ts'

/** How long things may take, and when a source is left alone. */
export type ContentLimits = {
  /** Milliseconds that a source has for one block; then the next one is asked. */
  blockTimeoutMs: number
  /** Milliseconds for which content that nobody had is not asked for again. */
  negativeMs: number
  breaker: BreakerLimits
}

/** Limits that suit gateways on the internet. */
export const defaultContentLimits: ContentLimits = {
  blockTimeoutMs: 30_000,
  negativeMs: 2000,
  breaker: { failures: 5, recoveryMs: 5000 },
}

type Flight = { result: Promise<Uint8Array>; abort: AbortController; waiting: number }

const chunkSize = 1_048_576

/**
 * Makes a downloader over several sources. Every block is checked against its CID, whoever gave it; one that is wrong, late or
 * missing is asked for at the next source, and a source that fails again and again is asked last. Blocks are staged on disk, so that
 * a download goes on where it was cut off. Whoever wants the same content at the same time shares one download.
 * The downloader throws RetryableError (`content-unavailable`), JobRefusedError (`content-too-large`, `model-invalid` for what is no CID).
 */
export function createContentFetch(
  { sources, staging, logger }: { sources: readonly ContentSource[]; staging: ContentStaging; logger: WorkerLogger },
  limits: ContentLimits = defaultContentLimits,
): FetchVerified {
  const rated = sources.map((source) => ({ source, breaker: createBreaker(limits.breaker) }))
  const flights = new Map<string, Flight>()
  const missing = new Map<string, { until: number; error: RetryableError }>()

  async function fetchBlock(cid: CID, signal: AbortSignal): Promise<Uint8Array> {
    const staged = await staging.get(cid)
    if (staged !== undefined && isBlockOf(cid, staged)) return staged
    let cause: unknown
    for (const { source, breaker } of inOrder(rated)) {
      try {
        const bytes = await askFor(source, cid, signal)
        breaker.succeeded()
        await staging.put(cid, bytes)
        return bytes
      } catch (error) {
        signal.throwIfAborted()
        cause = error
        if (error instanceof BlockMissingError) {
          // The store of this machine works; it holds what was published here and nothing else.
          breaker.succeeded()
          continue
        }
        breaker.failed()
        logger.warn({ msg: 'content source failed', source: source.name, cid: cid.toString(), err: error })
      }
    }
    const detail = `None of ${sources.length} content sources delivered ${cid}.`
    throw new RetryableError({ reason: 'content-unavailable', detail, cause })
  }

  async function askFor(source: ContentSource, cid: CID, signal: AbortSignal): Promise<Uint8Array> {
    const timeout = AbortSignal.timeout(limits.blockTimeoutMs)
    const bytes = await settleBy(source.block(cid, AbortSignal.any([signal, timeout])), [signal, timeout])
    if (bytes.length > maxBlockBytes || !isBlockOf(cid, bytes)) {
      throw new SourceFailedError({ source: source.name, fact: `sent ${bytes.length} bytes that are not ${cid}` })
    }
    return bytes
  }

  async function fetchFile({ root, maxBytes }: { root: CID; maxBytes: number }, signal: AbortSignal) {
    // Every block but the leaves links to at least two others, so a file needs at most twice its leaves, and a few.
    const maxBlocks = 2 * Math.ceil(maxBytes / chunkSize) + 8
    const used: CID[] = []
    const blockstore = {
      async *get(cid: CID) {
        if (used.push(cid) > maxBlocks) throw tooLarge(root, maxBytes)
        yield await fetchBlock(cid, signal)
      },
    }
    // The exporter asks for a whole block store but only ever calls `get`.
    const entry = await exporter(root, blockstore as unknown as FsBlockstore, { signal })
    if (entry.type !== 'file' && entry.type !== 'raw') throw new CidUnsupportedError(root.toString())
    if (entry.size > BigInt(maxBytes)) throw tooLarge(root, maxBytes)
    const pieces: Uint8Array[] = []
    let length = 0
    for await (const piece of entry.content({ blockReadConcurrency: 4, signal })) {
      length += piece.length
      if (length > maxBytes) throw tooLarge(root, maxBytes)
      pieces.push(piece)
    }
    await staging.remove(used)
    return Buffer.concat(pieces)
  }

  function take(root: CID, maxBytes: number): Flight {
    const key = `${root}:${maxBytes}`
    const known = flights.get(key)
    if (known !== undefined && !known.abort.signal.aborted) return known
    const abort = new AbortController()
    const result = fetchFile({ root, maxBytes }, abort.signal)
      .then(
        (bytes) => {
          missing.delete(root.toString())
          return bytes
        },
        (error: unknown) => {
          if (error instanceof CidUnsupportedError) throw refusedCid(error)
          if (error instanceof RetryableError) {
            missing.set(root.toString(), { until: performance.now() + limits.negativeMs, error })
          }
          throw error
        },
      )
      .finally(() => {
        if (flights.get(key) === flight) flights.delete(key)
      })
    // Whoever waits sees the failure; without this, one that comes after the last left would end the process.
    result.catch(() => undefined)
    const flight: Flight = { result, abort, waiting: 0 }
    flights.set(key, flight)
    return flight
  }

  return async ({ cid, maxBytes }, signal) => {
    signal.throwIfAborted()
    const root = parseRoot(cid)
    for (const [key, { until }] of missing) if (until <= performance.now()) missing.delete(key)
    const absent = missing.get(root.toString())
    if (absent !== undefined) throw absent.error
    const flight = take(root, maxBytes)
    flight.waiting += 1
    try {
      return await settleBy(flight.result, [signal])
    } finally {
      flight.waiting -= 1
      if (flight.waiting === 0) flight.abort.abort(new Error('Nobody waits for this download any more.'))
    }
  }
}

/** Sources whose breaker lets them be asked first, the others after them: a last resort is better than none. */
function inOrder<T extends { breaker: Breaker }>(rated: readonly T[]): T[] {
  const admitted = new Set(rated.filter(({ breaker }) => breaker.admits()))
  return [...admitted, ...rated.filter((one) => !admitted.has(one))]
}

/** The promise's outcome, or the reason of the first signal to be aborted before it; also of sources that ignore their signal. */
async function settleBy<T>(promise: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  const signal = AbortSignal.any([...signals])
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    return await Promise.race([promise, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
    promise.catch(() => undefined)
  }
}

function isBlockOf(cid: CID, bytes: Uint8Array): boolean {
  return createHash('sha256').update(bytes).digest().equals(cid.multihash.digest)
}

function parseRoot(cid: string): CID {
  try {
    return parseCid(cid)
  } catch (error) {
    throw refusedCid(error)
  }
}

function refusedCid(cause: unknown): JobRefusedError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new JobRefusedError({ reason: 'model-invalid', detail, cause })
}

function tooLarge(cid: CID, maxBytes: number): JobRefusedError {
  return new JobRefusedError({
    reason: 'content-too-large',
    detail: `Content ${cid} is larger than the ${maxBytes} bytes that are allowed here.`,
  })
}
