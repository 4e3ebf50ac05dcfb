import type { Address, Hex } from 'viem'
import * as z from 'zod/v4/mini'
import { checkSchema } from './checkSchema.ts'
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

const address = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address')),
  // This pattern and the next are exactly viem's types.
  z.transform((text: string) => text as Address),
)
const hex = z.pipe(
  z.string().check(z.regex(/^0x([0-9a-f]{2})*$/, 'is not lower-case hex')),
  z.transform((text: string) => text as Hex),
)
const word = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-f]{64}$/, 'is not 32 bytes in lower-case hex')),
  z.transform((text: string) => text as Hex),
)
const uint = (bits: number) =>
  z.pipe(
    z.string().check(
      z.regex(/^(0|[1-9]\d{0,77})$/, 'is not a decimal number in quotes'),
      z.refine((text) => /^\d{1,78}$/.test(text) && BigInt(text) < 1n << BigInt(bits), `is not below 2^${bits}`),
    ),
    z.transform((text: string) => BigInt(text)),
  )
const small = (bits: number) => z.int().check(z.gte(0), z.lte(2 ** bits - 1))

const fileSchema = z.strictObject({
  assay: z.literal(1),
  chainId: z.int().check(z.positive()),
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
  }) satisfies z.ZodMiniType<JobOrder>,
  signature: hex,
})

/** A signed order as canonical JSON, with the chain and market that it is for; wide numbers are decimal text. */
export function encodeOrderFile({ order, signature }: SignedOrder, deployment: Deployment): Uint8Array {
  const { chainId, addresses } = deployment
  const terms = Object.fromEntries(
    Object.entries(order).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  )
  // Wallets of contract accounts give signatures with letters of either case.
  const file = { assay: 1, chainId, market: addresses.jobMarket, order: terms, signature: signature.toLowerCase() }
  return new TextEncoder().encode(canonicalJson(file))
}

/**
 * Reads a signed order from its file. The signature is not checked here: {@link preflightOrder} and the market do.
 * @throws OrderFileInvalidError
 */
export function parseOrderFile(bytes: Uint8Array, deployment: Deployment): SignedOrder {
  const { chainId, market, order, signature } = checkSchema(
    { schema: fileSchema, value: parseJson(bytes) },
    (fault) => new OrderFileInvalidError(fault),
  )
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
