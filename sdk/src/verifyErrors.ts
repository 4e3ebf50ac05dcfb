import { type Address, formatEther, type Hex } from 'viem'

/** The node is of another chain than the market. */
export class ChainMismatchError extends Error {
  override readonly name = 'ChainMismatchError'

  constructor({ actual, expected }: { actual: number; expected: number }) {
    super(`The node is of chain ${actual} and the market is on chain ${expected}; connect to the market's chain.`)
  }
}

/** The order's digest is not the job's id on this chain and market. */
export class OrderMismatchError extends Error {
  override readonly name = 'OrderMismatchError'

  constructor({ jobId, actual }: { jobId: Hex; actual: Hex }) {
    super(`The order's digest is ${actual}, not the job's id ${jobId}; it belongs to another chain or market.`)
  }
}

/** The job has not been paid for an answer. */
export class JobNotSettledError extends Error {
  override readonly name = 'JobNotSettledError'

  constructor({ jobId, state }: { jobId: Hex; state: string }) {
    super(`Job ${jobId} is ${state.toLowerCase()}; an answer can be verified once it is settled.`)
  }
}

/** The job is for another model than expected, or the model is not what its id says. */
export class ModelMismatchError extends Error {
  override readonly name = 'ModelMismatchError'

  constructor({ what, actual, expected }: { what: string; actual: string; expected: string }) {
    super(`The ${what} is ${actual}, not ${expected}; do not trust this answer.`)
  }
}

/** The model's setup has fewer contributions than demanded. */
export class SetupTooWeakError extends Error {
  override readonly name = 'SetupTooWeakError'

  constructor({ actual, needed }: { actual: number; needed: number }) {
    super(`The model's setup has ${actual} contributions and ${needed} are demanded; use another model.`)
  }
}

/** The answer's transaction does not carry this job's answer and proof in the open. */
export class AnswerUnreadableError extends Error {
  override readonly name = 'AnswerUnreadableError'

  constructor({ hash, reason, cause }: { hash: Hex; reason: string; cause?: unknown }) {
    super(`Transaction ${hash} ${reason}; the proof cannot be read from it.`, { cause })
  }
}

/** Two statements of the answer's words differ. */
export class OutputsMismatchError extends Error {
  override readonly name = 'OutputsMismatchError'

  constructor({ actual, expected }: { actual: readonly bigint[]; expected: readonly bigint[] }) {
    super(`The answer's words are ${actual.join(', ')}, not ${expected.join(', ')}; do not trust this answer.`)
  }
}

/** The input on IPFS is not the one that the order commits to. */
export class InputMismatchError extends Error {
  override readonly name = 'InputMismatchError'

  constructor({ what, actual, expected }: { what: string; actual: string; expected: string }) {
    super(`The input's ${what} is ${actual} and the order says ${expected}; the answer is for another input.`)
  }
}

/** The proof is bound to another worker than the one that was paid. */
export class BindingMismatchError extends Error {
  override readonly name = 'BindingMismatchError'
  readonly paid: Address
  readonly bound: Address | undefined

  constructor({ paid, bound }: { paid: Address; bound: Address | undefined }) {
    super(`${paid} was paid and the proof is bound to ${bound ?? 'nobody'}; do not trust this answer.`)
    this.paid = paid
    this.bound = bound
  }
}

/** The answer was paid without a proof, as its assurance allows. */
export class ProofAbsentError extends Error {
  override readonly name = 'ProofAbsentError'
  readonly assurance: Address

  constructor({ jobId, assurance }: { jobId: Hex; assurance: Address }) {
    super(
      `Job ${jobId} was paid by the assurance ${assurance} without a proof, so none can be checked; run the model's exact graph on the input to check the answer.`,
    )
    this.assurance = assurance
  }
}

/** The model's setup is no sealed ceremony, and one was demanded. */
export class SetupUnsealedError extends Error {
  override readonly name = 'SetupUnsealedError'
  readonly kind: string

  constructor({ kind }: { kind: string }) {
    super(`The model's setup is \`${kind}\` and a sealed ceremony is demanded; use another model.`)
    this.kind = kind
  }
}

/** The Groth16 proof does not hold for the answer's signals. */
export class ProofInvalidError extends Error {
  override readonly name = 'ProofInvalidError'

  constructor({ modelId }: { modelId: Hex }) {
    super(`The proof does not hold under the verification key of model ${modelId}; do not trust this answer.`)
  }
}

/** What was paid is not the price at the claim. */
export class PaymentMismatchError extends Error {
  override readonly name = 'PaymentMismatchError'

  constructor({ actual, expected }: { actual: bigint; expected: bigint }) {
    super(
      `${formatEther(actual)} ETH was paid and the claim's price is ${formatEther(expected)} ETH; report this market.`,
    )
  }
}

/** A step was left out because one before it failed. */
export class StepSkippedError extends Error {
  override readonly name = 'StepSkippedError'
  readonly needs: string

  constructor(needs: string) {
    super(`Not checked, because the step \`${needs}\` failed.`)
    this.needs = needs
  }
}
