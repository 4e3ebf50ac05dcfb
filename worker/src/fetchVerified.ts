import { fetchContent } from '@assay/sdk/content'
import { ContentTooLargeError } from '@assay/sdk/contentErrors'
import { JobRefusedError, RetryableError } from './jobErrors.ts'
import type { WorkerLogger } from './log.ts'

/** Downloads content of which every block is checked against its CID. */
export type FetchVerified = (content: { cid: string; maxBytes: number }, signal: AbortSignal) => Promise<Uint8Array>

/**
 * Makes a downloader that asks gateways in their order; one that is down, lacks the content or serves wrong bytes is passed over.
 * The downloader throws RetryableError (`content-unavailable`) when none delivers, JobRefusedError when the content is too large.
 */
export function createFetchVerified(gatewayUrls: readonly string[], logger: WorkerLogger): FetchVerified {
  return async ({ cid, maxBytes }, signal) => {
    let cause: unknown
    for (const gatewayUrl of gatewayUrls) {
      try {
        return await fetchContent({ gatewayUrl, cid, maxBytes }, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof ContentTooLargeError) {
          throw new JobRefusedError({ reason: 'content-too-large', detail: error.message, cause: error })
        }
        logger.warn({ msg: 'gateway failed', gatewayUrl, cid, err: error })
        cause = error
      }
    }
    const detail = `None of ${gatewayUrls.length} gateways delivered ${cid}.`
    throw new RetryableError({ reason: 'content-unavailable', detail, cause })
  }
}
