import { explainError as explainMarketError } from '@assay/sdk/errors'
import { BaseError, UserRejectedRequestError } from 'viem'

/** Any error as a person reads it on the page: what was the matter and what to do next. */
export function explainError(error: unknown): string {
  if (error instanceof BaseError && error.walk((cause) => cause instanceof UserRejectedRequestError)) {
    return 'You rejected the request in your wallet. Nothing was sent and nothing was paid; try again when you are ready.'
  }
  if (error instanceof Error && error.name === 'ChunkLoadError') {
    return 'A part of this page could not be loaded, perhaps because a newer version took its place; load the page again.'
  }
  return explainMarketError(error)
}
