/** Gas of whole transactions about a model and its jobs, between accounts that were paid before; a first payment costs 17,100 more for each. */
export type JobGas = {
  /** registers the model, with a key that nobody stored before */
  register: number
  /** requests a job, of an account that did before */
  request: number
  claim: number
  /** hands in answer and proof; settles the job */
  submit: number
  /** the same for each job in a batch of 32 */
  submitBatched: number
  /** hands in a signed answer that can be challenged */
  answer: number
  /** ends such an answer after its window */
  finalize: number
  /** defends a challenged or drawn answer with its proof */
  defend: number
}

/** Signals that the figures below were measured with. */
const measuredSignals = 4

/** As in test/contracts/gas.snapshot.json, which a test compares. */
const measured = {
  request: 84_365,
  claim: 54_062,
  submit: 311_975,
  submitBatched: Math.round(2_593_679 / 32),
  answer: 59_822,
  finalize: 94_655,
  defend: 347_816,
}

/** Multiplication and addition of a point, calldata and event of one more word. */
const perSignal = 7_500
/** So that a registration with three signals takes what it did on a local chain: 1,354,000. */
const registerBase = 1_270_000
/** Two verifications, a word of the sample, and 64 bytes of the key: their calldata and 200 gas for each byte kept as code. */
const registerPerSignal = 28_000

/**
 * Estimates gas of a model's jobs from measured transactions.
 * @param signals public signals of the circuit: words of the answer, the input's commitment and the binding
 */
export function estimateJobGas({ signals }: { signals: number }): JobGas {
  const more = signals - measuredSignals
  return {
    ...measured,
    register: registerBase + registerPerSignal * signals,
    submit: measured.submit + perSignal * more,
    submitBatched: measured.submitBatched + perSignal * more,
    defend: measured.defend + perSignal * more,
  }
}
