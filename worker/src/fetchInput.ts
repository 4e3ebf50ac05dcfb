import { digestToCid } from '@assay/sdk/content'
import type { JobOrder } from '@assay/sdk/order'
import type { Checks } from './createChecks.ts'
import type { FetchVerified } from './fetchVerified.ts'
import { JobRefusedError, type ReasonCode } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'

/** What an order says of its input. */
export type InputTerms = Pick<JobOrder, 'inputCid' | 'inputCommitment' | 'inputRoot'>

/** How input is fetched, and how much of it at most. */
export type InputParts = {
  fetchVerified: FetchVerified
  checks: Pick<Checks, 'readInput'>
  maxInputBytes: number
}

/**
 * Gets a job's input and checks all that the order says of it: CID, length, value range, Poseidon commitment and keccak root.
 * @param asked.kept the bytes, when they are here already; they are checked like those that are fetched
 * @returns the input tensor's bytes
 * @throws JobRefusedError (`input-invalid`, `input-out-of-range`, `input-mismatch`), RetryableError (`content-unavailable`)
 */
export async function fetchInput(
  { terms, model, kept }: { terms: InputTerms; model: Pick<LoadedModel, 'signals'>; kept?: Uint8Array | undefined },
  parts: InputParts,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { count, width } = model.signals.input
  const length = count * width
  if (length > parts.maxInputBytes) {
    throw refuse('input-invalid', `The input has ${length} bytes; maxInputBytes is ${parts.maxInputBytes}.`)
  }
  const bytes = kept ?? (await fetchExactly({ cid: digestToCid(terms.inputCid, length), length }, parts, signal))

  const facts = await parts.checks.readInput(bytes, model.signals.input)
  if ('outOfRange' in facts) throw refuse('input-out-of-range', facts.outOfRange)
  const { commitment, root } = facts
  if (commitment !== terms.inputCommitment) {
    throw refuse('input-mismatch', `The input's commitment is ${commitment}; the order says ${terms.inputCommitment}.`)
  }
  if (root !== terms.inputRoot)
    throw refuse('input-mismatch', `The input's root is ${root}; the order says ${terms.inputRoot}.`)

  return bytes
}

async function fetchExactly(
  { cid, length }: { cid: string; length: number },
  { fetchVerified }: InputParts,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let bytes: Uint8Array
  try {
    bytes = await fetchVerified({ cid, maxBytes: length }, signal)
  } catch (cause) {
    if (!(cause instanceof JobRefusedError)) throw cause
    throw refuse('input-invalid', `The input is longer than the ${length} bytes that the model takes.`, cause)
  }
  if (bytes.length !== length) {
    throw refuse('input-invalid', `The input has ${bytes.length} bytes; the model takes ${length}.`)
  }
  return bytes
}

function refuse(reason: ReasonCode, detail: string, cause?: unknown): JobRefusedError {
  return new JobRefusedError({ reason, detail, cause })
}
