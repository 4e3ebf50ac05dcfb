/** Why a job is not, or no longer, worked on: stable codes for logs, the store and operators. */
export type ReasonCode =
  | 'order-mismatch'
  | 'assurance-unsupported'
  | 'worker-not-allowed'
  | 'token-unsupported'
  | 'price-too-low'
  | 'price-not-yet'
  | 'deadline-infeasible'
  | 'stake-too-low'
  | 'balance-too-low'
  | 'no-capacity'
  | 'model-not-listed'
  | 'model-unknown'
  | 'model-too-large'
  | 'disk-full'
  | 'model-too-demanding'
  | 'prover-missing'
  | 'model-invalid'
  | 'input-invalid'
  | 'input-mismatch'
  | 'input-out-of-range'
  | 'content-unavailable'
  | 'content-too-large'
  | 'chain-unavailable'
  | 'endpoints-disagree'
  | 'fee-too-high'
  | 'claim-refused'
  | 'claimed-by-other'
  | 'settled-by-other'
  | 'cancelled'
  | 'refunded'
  | 'released'
  | 'request-reorged'
  | 'due-passed'
  | 'limit-exceeded'
  | 'inference-failed'
  | 'proving-failed'
  | 'proof-invalid'
  | 'submit-refused'
  | 'transaction-lost'
  | 'internal'

type Details = { reason: ReasonCode; detail: string; cause?: unknown }

/** A step failed for a cause that may pass; the job is tried again later. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError'
  readonly reason: ReasonCode

  constructor({ reason, detail, cause }: Details) {
    super(detail, { cause })
    this.reason = reason
  }
}

/** The job is not for this worker, or cannot be answered; trying again would end alike. */
export class JobRefusedError extends Error {
  override readonly name = 'JobRefusedError'
  readonly reason: ReasonCode

  constructor({ reason, detail, cause }: Details) {
    super(detail, { cause })
    this.reason = reason
  }
}

/** The chain says that the job is over, or someone else's; nothing is wrong with this worker. */
export class JobOverError extends Error {
  override readonly name = 'JobOverError'
  readonly reason: ReasonCode

  constructor({ reason, detail, cause }: Details) {
    super(detail, { cause })
    this.reason = reason
  }
}
