import type { Address, Hex } from 'viem'
import { z } from 'zod'
import type { Deployment } from './deployment.ts'
import { canonicalJson } from './manifest.ts'
import type { JobOrder } from './order.ts'
import type { SignedOrder } from './signOrder.ts'

/** Largest order file that is read: 64 KiB. */
export const maxOrderBytes = 64 * 1024

/** A file holds no signed order, or one for another chain or market. */
export class OrderFileInvalidError extends Error {
  override readonly name = 'OrderFileInvalidError'
  readonly path: string

  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The order file's \`${path}\` ${reason}; have the requester post the order anew.`, { cause })
    this.path = path
  }
}

// Both patterns are exactly viem's types.
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address')
  .transform((text) => text as Address)
const hex = z
  .string()
  .regex(/^0x([0-9a-f]{2})*$/, 'is not lower-case hex')
  .transform((text) => text as Hex)
const word = hex.refine((text) => text.length === 66, 'is not 32 bytes')
const uint = (bits: number) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,77})$/, 'is not a decimal number in quotes')
    .transform(BigInt)
    .refine((value) => value < 1n << BigInt(bits), `is not below 2^${bits}`)
const small = (bits: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(2 ** bits - 1)

const fileSchema = z.strictObject({
  assay: z.literal(1),
  chainId: z.number().int().positive(),
  market: address,
  order: z.strictObject({
    requester: address,
    token: address,
    minPrice: uint(96),
    maxPrice: uint(96),
    rampStart: small(40),
    rampSeconds: small(32),
    claimDeadline: small(40),
    proveSeconds: small(32),
    finalDeadline: small(40),
    modelId: word,
    inputCommitment: uint(256),
    inputRoot: word,
    inputCid: word,
    assurance: address,
    assuranceData: hex,
    bond: uint(96),
    allowedWorker: address,
    minContributions: small(16),
    callback: address,
    callbackGas: small(32),
    maxFeeBps: small(16),
    nonce: uint(256),
  }) satisfies z.ZodType<JobOrder>,
  signature: hex,
})

/** A signed order as canonical JSON, with the chain and market that it is for; wide numbers are decimal text. */
export function encodeOrderFile({ order, signature }: SignedOrder, deployment: Deployment): Uint8Array {
  const { chainId, addresses } = deployment
  const terms = Object.fromEntries(
    Object.entries(order).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  )
  const file = { assay: 1, chainId, market: addresses.jobMarket, order: terms, signature }
  return new TextEncoder().encode(canonicalJson(file))
}

/**
 * Reads a signed order from its file. The signature is not checked here: {@link preflightOrder} and the market do.
 * @throws OrderFileInvalidError
 */
export function parseOrderFile(bytes: Uint8Array, deployment: Deployment): SignedOrder {
  const parsed = fileSchema.safeParse(parseJson(bytes))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new OrderFileInvalidError({
      path: issue?.path.join('.') || '(whole file)',
      reason: issue?.message ?? 'is invalid',
      cause: parsed.error,
    })
  }
  const { chainId, market, order, signature } = parsed.data
  const expected = deployment.addresses.jobMarket
  if (chainId !== deployment.chainId) {
    throw new OrderFileInvalidError({ path: 'chainId', reason: `is ${chainId}, and this is ${deployment.chainId}` })
  }
  if (market.toLowerCase() !== expected.toLowerCase()) {
    throw new OrderFileInvalidError({ path: 'market', reason: `is ${market}, and this is ${expected}` })
  }
  return { order, signature }
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > maxOrderBytes) {
    const reason = `has ${bytes.length} bytes; at most ${maxOrderBytes} are read`
    throw new OrderFileInvalidError({ path: '(whole file)', reason })
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new OrderFileInvalidError({ path: '(whole file)', reason: 'is not JSON', cause })
  }
}
