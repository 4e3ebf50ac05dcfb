import type { VerificationStepName } from '@assay/sdk/verifyResult'

/** What each step of a verification asks, and why it matters, for a reader who knows nothing of proofs. */
export const verificationTexts: Record<VerificationStepName, { title: string; why: string }> = {
  chain: { title: 'The right chain', why: 'The node that answers speaks for the chain on which this market stands.' },
  order: {
    title: 'The order is unchanged',
    why: 'Model, input, price and deadlines hash to this job’s id, so none of them was altered.',
  },
  state: { title: 'The job is settled', why: 'The market’s contract says that the job ended with an answer.' },
  model: {
    title: 'The model is the one ordered',
    why: 'Its id is a fingerprint of its computation, its key and its owner.',
  },
  graph: {
    title: 'The model’s file is genuine',
    why: 'The published file is exactly the computation that was registered.',
  },
  input: {
    title: 'The question is unchanged',
    why: 'The stored input is, byte for byte, the one that the order names.',
  },
  commitment: {
    title: 'The proof is about this question',
    why: 'The fingerprint of the input, computed here, is the one that the proof speaks of.',
  },
  answer: {
    title: 'The answer is the one on chain',
    why: 'What this page shows is what the worker’s transaction carried.',
  },
  binding: {
    title: 'The proof belongs to this worker',
    why: 'A proof copied from another worker or job would not fit.',
  },
  key: { title: 'The key comes from the chain', why: 'Proofs are checked with a key that nobody can swap.' },
  proof: {
    title: 'The proof holds',
    why: 'Your browser did the mathematics again: this model gave this answer to the question in the order.',
  },
  payment: {
    title: 'The payment adds up',
    why: 'Worker, royalty and fee are exactly the price, and nothing else was taken.',
  },
}
