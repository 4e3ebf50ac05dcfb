import * as z from 'zod/v4/mini'
import { checkSchema } from './checkSchema.ts'

/** Largest manifest that is read: 256 KiB. */
export const maxManifestBytes = 256 * 1024

/** 32 bytes in lower-case hex. */
export const hashSchema = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-f]{64}$/, 'is not 32 bytes in lower-case hex')),
  // The pattern above is narrower than viem's Hex.
  z.transform((text: string) => text as `0x${string}`),
)
/** A CIDv1 in base32. */
export const cidSchema = z.string().check(z.regex(/^b[a-z2-7]{58}$/, 'is not a CIDv1 in base32'))
const integer = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most))
const text = (least: number, most: number) => z.string().check(z.minLength(least), z.maxLength(most))
const shape = z.array(integer(1, 65_536)).check(z.minLength(1), z.maxLength(8))
/** A file of a model: where it is, and what it must be. */
export const fileSchema = z.strictObject({ cid: cidSchema, sha256: hashSchema, bytes: integer(1, 512 * 1024 * 1024) })
const share = z.number().check(z.gte(0), z.lte(1))

const inputScale = integer(-31, 31)

const inputSchema = z.strictObject({
  shape,
  width: z.union([z.literal(1), z.literal(2), z.literal(4)]),
  lo: integer(-(2 ** 31), 2 ** 31 - 1),
  bits: integer(1, 32),
  scale: inputScale,
  /** scales of single elements, where a table's columns have their own: real = (q + zero) · 2^-scale */
  grid: z.optional(z.strictObject({ scales: z.array(inputScale), zeros: z.array(z.int()) })),
  kind: z.enum(['image', 'tensor']),
})

const outputSchema = z.strictObject({
  shape,
  bits: integer(1, 64),
  scale: integer(-62, 62),
  kind: z.enum(['scores', 'tensor']),
  labels: z.optional(z.array(text(1, 128)).check(z.minLength(1), z.maxLength(65_536))),
})

const draftShape = {
  assay: z.literal(1),
  name: text(1, 128),
  description: text(0, 8192),
  license: text(1, 128),
  graphId: hashSchema,
  input: inputSchema,
  output: outputSchema,
  accuracy: z.optional(z.strictObject({ samples: z.int().check(z.gte(1)), float: share, exact: share })),
  setup: z.strictObject({
    kind: z.enum(['insecure-dev', 'owner-only', 'ceremony']),
    contributions: integer(0, 65_535),
    transcriptHash: hashSchema,
    /** record of the ceremony, with its contributors' signatures and the announcement of its beacon */
    ceremony: z.optional(cidSchema),
  }),
  limits: z.strictObject({
    memoryMb: integer(1, 1_048_576),
    wallSeconds: integer(1, 86_400),
  }),
  constraints: z.int().check(z.gte(1)),
  /** the only prover that knows the domain of the proving key, which is no power of two; absent where snarkjs proves too */
  prover: z.optional(z.literal('native')),
}

/** A manifest before its files have CIDs. */
export const manifestDraftSchema = z.strictObject(draftShape)

/** What a manifest on IPFS must hold. */
const manifestSchema = z.strictObject({
  ...draftShape,
  files: z.strictObject({ onnx: fileSchema, graph: fileSchema, zkey: fileSchema }),
})

/** Describes a model before publication; {@link Manifest} without its files. */
export type ManifestDraft = z.input<typeof manifestDraftSchema>

/** What a manifest says of a model that nobody has set up yet. */
export type ManifestBody = Omit<z.output<typeof manifestDraftSchema>, 'setup'>

/**
 * Describes a published model. Its canonical JSON is on IPFS, its CID in the registry.
 * `real = q · 2^-scale`; the model takes integers q in [lo, lo + 2^bits − 1].
 */
export type Manifest = z.output<typeof manifestSchema>

/** How real values become the model's integers. */
export type ManifestInput = Manifest['input']

/** How the model's integers become real values. */
export type ManifestOutput = Manifest['output']

/** The bytes are not a manifest. */
export class ManifestInvalidError extends Error {
  override readonly name = 'ManifestInvalidError'
  readonly path: string

  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The manifest's \`${path}\` ${reason}; the model's owner has to publish a correct one.`, { cause })
    this.path = path
  }
}

/** JSON with sorted keys and no spaces, so that equal values have equal bytes. Members that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

/**
 * Reads a manifest from its bytes.
 * @throws ManifestInvalidError when it is too long, no JSON, or not of the schema
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > maxManifestBytes) {
    throw new ManifestInvalidError({
      path: '(whole file)',
      reason: `has ${bytes.length} bytes; at most ${maxManifestBytes} are read`,
    })
  }
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ManifestInvalidError({ path: '(whole file)', reason: 'is not JSON', cause })
  }
  return checkManifest(json)
}

/** @throws ManifestInvalidError when the value is not a {@link Manifest} whose shapes, labels and widths agree */
export function checkManifest(value: unknown): Manifest {
  const manifest = checkSchema({ schema: manifestSchema, value }, (fault) => new ManifestInvalidError(fault))
  const outputs = countOf(manifest.output.shape)
  const labels = manifest.output.labels?.length ?? outputs
  if (labels !== outputs) {
    throw new ManifestInvalidError({ path: 'output.labels', reason: `has ${labels} labels for ${outputs} outputs` })
  }
  if (manifest.input.width * 8 < manifest.input.bits) {
    throw new ManifestInvalidError({
      path: 'input.bits',
      reason: `is ${manifest.input.bits}; a tensor of width ${manifest.input.width} holds ${manifest.input.width * 8}`,
    })
  }
  const { grid } = manifest.input
  const inputs = countOf(manifest.input.shape)
  if (grid && (grid.scales.length !== inputs || grid.zeros.length !== inputs)) {
    throw new ManifestInvalidError({
      path: 'input.grid',
      reason: `has ${grid.scales.length} scales and ${grid.zeros.length} zeros for ${inputs} inputs`,
    })
  }
  return manifest
}

/** The manifest's canonical bytes; their CID is what the registry stores. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(canonicalJson(manifest))
}

/** Number of elements of a shape. */
export function countOf(shape: number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
