import { explainError as explainMarketError, revertOf } from '@assay/sdk/errors'
import { BaseError, UserRejectedRequestError } from 'viem'

/** What the access manager refuses, by the names of its errors. */
const managerSentences: Readonly<Record<string, string>> = {
  AccessManagerAlreadyScheduled:
    'This change is scheduled already; carry it out when its delay has passed, or cancel it first.',
  AccessManagerNotScheduled: 'This change is not scheduled any more; look at its state, and schedule it again.',
  AccessManagerNotReady: 'The delay of this change has not passed yet; carry it out when it has.',
  AccessManagerExpired: 'Nobody carried this change out in time; schedule it again.',
  AccessManagerUnauthorizedCall: 'Your account does not hold the role that this needs; use the account of a holder.',
  AccessManagerUnauthorizedCancel:
    'Only who scheduled a change, the guardian of its role and the administrator can cancel it; use one of their accounts.',
}

/** Any error as a person reads it on the page: what was the matter and what to do next. */
export function explainError(error: unknown): string {
  if (error instanceof BaseError && error.walk((cause) => cause instanceof UserRejectedRequestError)) {
    return 'You rejected the request in your wallet. Nothing was sent and nothing was paid; try again when you are ready.'
  }
  if (error instanceof Error && error.name === 'ChunkLoadError') {
    return 'A part of this page could not be loaded, perhaps because a newer version took its place; load the page again.'
  }
  const managed = managerSentences[revertOf(error)?.name ?? '']
  return managed ?? explainMarketError(error)
}
