import { type Account, type Address, bytesToHex, type Hex, recoverTypedDataAddress, sha256, stringToBytes } from 'viem'
import { signTypedData } from 'viem/actions'
import * as z from 'zod/v4/mini'
import { checkSchema } from './checkSchema.ts'
import type { MarketClient } from './deployment.ts'
import { canonicalJson, cidSchema, fileSchema, hashSchema, manifestDraftSchema } from './manifest.ts'
import { accountOf } from './sendCall.ts'

/** Largest ceremony record that is read: 1 MiB, some two thousand contributions. */
export const maxCeremonyBytes = 1024 * 1024

const blake2bSchema = z.string().check(z.regex(/^[0-9a-f]{128}$/, 'is not 64 bytes in lower-case hex'))
const addressSchema = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address')),
  z.transform((text: string) => text as Address),
)
const signatureSchema = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-f]{130}$/, 'is not a signature of 65 bytes in lower-case hex')),
  z.transform((text: string) => text as Hex),
)
const nameSchema = z.string().check(z.minLength(1), z.maxLength(64))
const integer = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most))

const contributionSchema = z.strictObject({
  name: nameSchema,
  blake2b: blake2bSchema,
  account: addressSchema,
  signature: signatureSchema,
})

const sealSchema = z.strictObject({
  /** CID of the record as it stood when it was announced */
  record: cidSchema,
  /** the transaction of the owner that announced it, on the record's chain */
  transaction: hashSchema,
  /** the announced block, whose hash is the beacon */
  block: z.int().check(z.nonnegative()),
  /** CID of the verified setup's transcript; keccak256 of its bytes is what the registry stores */
  transcript: cidSchema,
})

const ceremonySchema = z.strictObject({
  ceremony: z.literal(1),
  chainId: z.int().check(z.positive()),
  owner: addressSchema,
  manifest: z.omit(manifestDraftSchema, { setup: true }),
  royaltyBps: integer(0, 10_000),
  floorPrice: z.string().check(z.regex(/^\d{1,29}$/, 'is not an amount in wei')),
  phase1: z.strictObject({
    name: nameSchema,
    power: integer(1, 28),
    blake2b: blake2bSchema,
  }),
  files: z.strictObject({ onnx: fileSchema, graph: fileSchema, zkey: fileSchema }),
  contributions: z.array(contributionSchema).check(z.maxLength(2000)),
  seal: z.optional(sealSchema),
})

/**
 * The setup of a model that is still to be registered, as it goes from hand to hand: what will be published, the proving key as
 * the last contributor left it, and who signed for which contribution. Its canonical JSON is on IPFS; each step makes a new record.
 */
export type CeremonyRecord = z.output<typeof ceremonySchema>

/** One signed contribution of a {@link CeremonyRecord}; `blake2b` is the hash that the proving key's own record gives it. */
export type SignedContribution = CeremonyRecord['contributions'][number]

/** The bytes are not a record of a ceremony, or one whose parts contradict each other. */
export class CeremonyInvalidError extends Error {
  override readonly name = 'CeremonyInvalidError'
  readonly path: string

  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The ceremony's \`${path}\` ${reason}; ask for the CID of the record again.`, { cause })
    this.path = path
  }
}

/**
 * Reads a record from its bytes and recovers every signature.
 * @throws CeremonyInvalidError when it is too long, no record, or an account did not sign its contribution
 */
export async function parseCeremony(bytes: Uint8Array): Promise<CeremonyRecord> {
  const record = readRecord(bytes)
  for (const [index, { account, signature, ...said }] of record.contributions.entries()) {
    const path = `contributions.${index}.signature`
    const signer = await recoverSigner(contributionMessage(record, { index, ...said }), { signature, path })
    if (signer.toLowerCase() !== account.toLowerCase()) {
      throw new CeremonyInvalidError({ path, reason: `is of ${signer}, not of the account ${account}` })
    }
  }
  return record
}

function readRecord(bytes: Uint8Array): CeremonyRecord {
  const whole = '(whole record)'
  if (bytes.length > maxCeremonyBytes) {
    throw new CeremonyInvalidError({
      path: whole,
      reason: `has ${bytes.length} bytes; at most ${maxCeremonyBytes} are read`,
    })
  }
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new CeremonyInvalidError({ path: whole, reason: 'is not JSON', cause })
  }
  return checkSchema({ schema: ceremonySchema, value: json }, (fault) => new CeremonyInvalidError(fault))
}

/** A record's canonical bytes, whose CID is passed on. */
export function encodeCeremony(record: CeremonyRecord): Uint8Array {
  return new TextEncoder().encode(canonicalJson(record))
}

/**
 * Signs for a contribution with the client's account (EIP-712), so that it is known which account stands behind it.
 * @param contribution.index its place in the key's record, from 0
 * @param contribution.blake2b as the key's own record gives it, 64 bytes in hexadecimal
 */
export async function signContribution(
  client: MarketClient,
  { record, ...contribution }: { record: CeremonyRecord; index: number; name: string; blake2b: string },
): Promise<SignedContribution> {
  const account: Account = accountOf(client)
  const signature = await signTypedData(client, { account, ...contributionMessage(record, contribution) })
  return { name: contribution.name, blake2b: contribution.blake2b, account: account.address, signature }
}

/**
 * What the owner writes on chain before a ceremony is sealed: SHA-256 of the record's bytes, and by how many blocks after that
 * transaction the block follows whose hash is the beacon. So neither can be chosen when that hash is known.
 */
export function announcementOf(record: CeremonyRecord, delayBlocks: number): Hex {
  const digest = sha256(encodeCeremony(record), 'bytes')
  const data = new Uint8Array(36)
  data.set(digest)
  new DataView(data.buffer).setUint32(32, delayBlocks)
  return bytesToHex(data)
}

/** The number of blocks in an announcement of this record; undefined when the data announces another or nothing. */
export function announcedDelay(record: CeremonyRecord, data: Hex): number | undefined {
  const delay = Number.parseInt(data.slice(-8), 16)
  return announcementOf(record, delay) === data.toLowerCase() ? delay : undefined
}

/** What a beacon's name in the key is: where anyone looks its hash up. */
export function beaconName({ block, chainId }: { block: number; chainId: number }): string {
  return `block ${block} of chain ${chainId}`
}

const contributionTypes = {
  Contribution: [
    { name: 'circuit', type: 'bytes32' },
    { name: 'index', type: 'uint32' },
    { name: 'name', type: 'string' },
    { name: 'hash', type: 'bytes' },
  ],
} as const

/** The EIP-712 message a contributor signs; `circuit` is the model's graph on its phase 1. */
function contributionMessage(
  { chainId, manifest, phase1 }: CeremonyRecord,
  { index, name, blake2b }: { index: number; name: string; blake2b: string },
) {
  const circuit = sha256(stringToBytes(`${manifest.graphId} ${phase1.blake2b}`))
  return {
    domain: { name: 'Assay ceremony', version: '1', chainId },
    types: contributionTypes,
    primaryType: 'Contribution',
    message: { circuit, index, name, hash: `0x${blake2b}` },
  } as const
}

async function recoverSigner(
  message: ReturnType<typeof contributionMessage>,
  { signature, path }: { signature: Hex; path: string },
): Promise<Address> {
  try {
    return await recoverTypedDataAddress({ ...message, signature })
  } catch (cause) {
    throw new CeremonyInvalidError({ path, reason: 'is not a signature', cause })
  }
}
