import type { ProofSpeed } from '@assay/circuits/estimateProof'
import type { Address, Hex } from 'viem'
import { z } from 'zod'
import type { InputTerms } from './fetchInput.ts'
import type { ReasonCode } from './jobErrors.ts'
import { toJson } from './jobRows.ts'
import type { RegisteredModel } from './loadModel.ts'
import { rungs } from './sandbox/sandboxErrors.ts'

/** What an executor is given: one job's model and input, and the binding that its proof has to commit to. */
export type ExecutorItem = {
  jobId: Hex
  model: RegisteredModel
  /** `bytes` are the input itself where it is small: a claimed job then depends on no gateway. */
  input: InputTerms & { bytes?: Uint8Array | undefined }
  binding: bigint
  /** Executors whose results for this job were of no use; they leave it to others. */
  refused: readonly string[]
}

/** What an executor hands in: an answer with its proof and the milliseconds it took, or why there is none. */
export type ExecutorResult = { executor: string } & (
  | { outputs: bigint[]; proof: bigint[]; durations: { runInference: number; prove: number } }
  | { failure: { reason: ReasonCode; detail: string; mayPass: boolean } }
)

/** What an executor says of itself; `computeMs` is what inference and proof of a model take there, as measured, and `prover` by what the first is estimated. */
export type ExecutorReport = {
  slots: number
  running: number
  rung: (typeof rungs)[number]
  memoryMb: number
  wallSeconds: number
  maxModelBytes: number
  maxInputBytes: number
  computeMs: Record<Hex, number>
  prover?: ProofSpeed | undefined
}

/** What an executor sent is not what executors send. */
export class ExecutorMessageError extends Error {
  override readonly name = 'ExecutorMessageError'

  constructor(fact: string, options?: ErrorOptions) {
    super(`A message of the queue cannot be read: ${fact}; run the same version on all machines of the fleet.`, options)
  }
}

/** Failures that an executor may give as its reason; any other is `internal`. */
const failureReasons = [
  'model-unknown',
  'model-too-large',
  'disk-full',
  'model-too-demanding',
  'prover-missing',
  'model-invalid',
  'input-invalid',
  'input-mismatch',
  'input-out-of-range',
  'content-unavailable',
  'content-too-large',
  'limit-exceeded',
  'inference-failed',
  'proving-failed',
  'proof-invalid',
] as const satisfies readonly ReasonCode[]

const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  // The pattern above is narrower than viem's Hex.
  .transform((text) => text as Hex)
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  // The pattern above is exactly viem's Address.
  .transform((text) => text as Address)
const integer = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform((digits) => BigInt(digits))
const count = z.number().nonnegative()
const executorName = z.string().min(1).max(200)

const itemSchema = z.object({
  jobId: hash,
  model: z.object({ modelId: hash, owner: address, graphId: hash, keyHash: hash, manifestCid: z.string().max(100) }),
  input: z.object({ inputCid: hash, inputCommitment: integer, inputRoot: hash, bytes: z.base64().optional() }),
  binding: integer,
  refused: z.array(executorName),
})

const resultSchema = z.union([
  z.object({
    executor: executorName,
    outputs: z.array(integer).max(64),
    proof: z.array(integer).length(8),
    durations: z.object({ runInference: count, prove: count }),
  }),
  z.object({
    executor: executorName,
    failure: z.object({
      reason: z.enum([...failureReasons, 'internal']).catch('internal'),
      detail: z.string().max(2000),
      mayPass: z.boolean(),
    }),
  }),
])

const reportSchema = z.object({
  slots: count,
  running: count,
  rung: z.enum(rungs),
  memoryMb: count,
  wallSeconds: count,
  maxModelBytes: count,
  maxInputBytes: count,
  computeMs: z.record(hash, count),
  prover: z
    .object({ kind: z.enum(['native', 'snarkjs']), threads: z.int().min(1), factor: z.number().positive() })
    .optional(),
})

/** An item as the queue's text. */
export function encodeItem({ input, ...item }: ExecutorItem): string {
  const bytes = input.bytes && Buffer.from(input.bytes).toString('base64')
  return toJson({ ...item, input: { ...input, bytes } })
}

/** @throws ExecutorMessageError */
export function decodeItem(text: string): ExecutorItem {
  const { input, ...item } = parsed(itemSchema, text)
  return {
    ...item,
    input: { ...input, bytes: input.bytes === undefined ? undefined : Buffer.from(input.bytes, 'base64') },
  }
}

/** A result as the queue's text. */
export function encodeResult(result: ExecutorResult): string {
  return toJson(result)
}

/** @throws ExecutorMessageError */
export function decodeResult(text: string): ExecutorResult {
  return parsed(resultSchema, text)
}

/** A report as the queue's text. */
export function encodeReport(report: ExecutorReport): string {
  return toJson(report)
}

/** @throws ExecutorMessageError */
export function decodeReport(text: string): ExecutorReport {
  return parsed(reportSchema, text)
}

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new ExecutorMessageError('it is no JSON', { cause })
  }
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new ExecutorMessageError(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'wrong'}`, {
    cause: result.error,
  })
}
