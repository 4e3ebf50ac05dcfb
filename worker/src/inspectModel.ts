import type { GraphSignals } from '@assay/circuits/intervals'
import { decodeVerificationKey, type VerificationKey } from '@assay/circuits/verificationKey'
import type { Hex } from 'viem'
import { z } from 'zod'
import { decodeFrames } from './frames.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
import { programRun } from './sandbox/programRun.ts'
import { type LimitCaps, limitsUnder } from './sandbox/sandboxLimits.ts'

/** What a model's files hold. */
export type ModelFacts = {
  graphId: Hex
  signals: GraphSignals
  verificationKey: VerificationKey
  /** rows of the proving key's domain */
  domainSize: number
}

/** Reads a model's files, which strangers have made. */
export type InspectModel = (paths: { graphPath: string; zkeyPath: string }, signal: AbortSignal) => Promise<ModelFacts>

const count = z.number().int().nonnegative()
const factsSchema = z.strictObject({
  domainSize: count,
  graphId: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/)
    // The pattern above is narrower than viem's Hex.
    .transform((text) => text as Hex),
  signals: z.strictObject({
    input: z.strictObject({
      count,
      width: z.union([z.literal(1), z.literal(2), z.literal(4)]),
      lo: z.number().int(),
      bits: count,
    }),
    output: z.strictObject({ count, bits: count, words: count, isHashed: z.boolean() }),
  }),
})

/**
 * Makes the reader: the files are parsed in the sandbox, under the operator's caps, and only what they say comes out.
 * It throws the sandbox's errors, and ZodError, FrameError or those of the key when the answer is none.
 */
export function createInspectModel(sandbox: Sandbox, caps: LimitCaps): InspectModel {
  return async ({ graphPath, zkeyPath }, signal) => {
    const limits = limitsUnder(caps, { memoryMb: caps.memoryMb, wallSeconds: caps.wallSeconds })
    const run = programRun('inspectProgram', { files: [graphPath, zkeyPath], limits })
    const answer = await sandbox.run({ ...run, input: new Uint8Array() }, signal)
    const [facts = new Uint8Array(), key = new Uint8Array()] = decodeFrames(answer, 2)
    const { graphId, signals, domainSize } = factsSchema.parse(JSON.parse(Buffer.from(facts).toString()))
    return { graphId, signals, domainSize, verificationKey: decodeVerificationKey(key) }
  }
}
