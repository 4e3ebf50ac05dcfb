import { digestToCid } from '@assay/sdk/content'
import { JobRefusedError, type ReasonCode } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'
import type { StageParts } from './stageParts.ts'
import type { StoredJob } from './store.ts'

/**
 * Gets a job's input and checks all that the order says of it: CID, length, value range, Poseidon commitment and keccak root.
 * Once checked the bytes are kept in the store, so that a claimed job needs no gateway.
 * @returns the input tensor's bytes
 * @throws JobRefusedError (`input-invalid`, `input-out-of-range`, `input-mismatch`), RetryableError (`content-unavailable`)
 */
export async function fetchInput(
  { jobId, order, input: stored }: StoredJob,
  { model, parts }: { model: LoadedModel; parts: StageParts },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { count, width } = model.signals.input
  const length = count * width
  if (length > parts.config.admission.maxInputBytes) {
    throw refuse(
      'input-invalid',
      `The input has ${length} bytes; admission.maxInputBytes is ${parts.config.admission.maxInputBytes}.`,
    )
  }
  const bytes = stored ?? (await fetchExactly({ cid: digestToCid(order.inputCid, length), length }, { parts, signal }))

  const facts = await parts.checks.readInput(bytes, model.signals.input)
  if ('outOfRange' in facts) throw refuse('input-out-of-range', facts.outOfRange)
  const { commitment, root } = facts
  if (commitment !== order.inputCommitment) {
    throw refuse('input-mismatch', `The input's commitment is ${commitment}; the order says ${order.inputCommitment}.`)
  }
  if (root !== order.inputRoot)
    throw refuse('input-mismatch', `The input's root is ${root}; the order says ${order.inputRoot}.`)

  if (stored === undefined) parts.store.patchJob(jobId, { input: bytes })
  return bytes
}

async function fetchExactly(
  { cid, length }: { cid: string; length: number },
  { parts, signal }: { parts: StageParts; signal: AbortSignal },
): Promise<Uint8Array> {
  let bytes: Uint8Array
  try {
    bytes = await parts.fetchVerified({ cid, maxBytes: length }, signal)
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
