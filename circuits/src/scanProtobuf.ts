import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { OnnxFileError, OnnxLimitError } from './onnxErrors.ts'

/** How much a decoded file may hold. Each counts over the whole file; bytes of weights are not copied and not counted. */
export type ScanLimits = {
  /** messages inside messages */
  nesting: number
  messages: number
  /** integers in lists (dimensions, attributes); each becomes a bigint */
  integers: number
  /** float and double values in lists; each becomes 8 bytes */
  floats: number
  /** bytes of names and documentation */
  textBytes: number
}

type Counts = { messages: number; integers: number; floats: number; textBytes: number }
type Scan = { bytes: Uint8Array; limits: ScanLimits; counts: Counts }

const wire = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const

/**
 * Walks protobuf bytes by their schema without building anything, so that a hostile file is refused before the decoder
 * turns two bytes of it into an object of a hundred. Fields the schema does not know are skipped; groups are refused.
 * Source: protobuf encoding, https://protobuf.dev/programming-guides/encoding
 * @throws OnnxFileError when the bytes are not of this schema
 * @throws OnnxLimitError when a limit is passed
 */
export function scanProtobuf(bytes: Uint8Array, schema: DescMessage, limits: ScanLimits): void {
  const counts = { messages: 0, integers: 0, floats: 0, textBytes: 0 }
  scanMessage({ bytes, limits, counts }, schema, { start: 0, end: bytes.length, depth: 1 })
}

function scanMessage(
  scan: Scan,
  schema: DescMessage,
  { start, end, depth }: { start: number; end: number; depth: number },
) {
  if (depth > scan.limits.nesting) {
    throw new OnnxLimitError({ what: 'levels of nested messages', actual: depth, allowed: scan.limits.nesting })
  }
  count(scan, 'messages', 1)
  const fields = fieldsOf(schema)
  let offset = start
  while (offset < end) {
    const tag = readVarint(scan.bytes, offset, end)
    const number = Math.floor(tag.value / 8)
    const wireType = tag.value % 8
    if (number === 0 || number >= 2 ** 29) throw new OnnxFileError({ problem: `there is no field ${number}`, offset })
    const payload = readPayload(scan.bytes, wireType, tag.next, end)
    const field = fields.get(number)
    if (field !== undefined) scanField(scan, field, { wireType, ...payload, depth })
    offset = payload.end
  }
}

/** `start` and `end` enclose the field's value: of a length-delimited field what follows the length. */
type Payload = { wireType: number; start: number; end: number; depth: number }

function scanField(scan: Scan, field: DescField, payload: Payload) {
  const { wireType, start, end, depth } = payload
  const message = field.message
  if (message !== undefined) {
    if (wireType !== wire.lengthDelimited) throw wrongType(field, payload)
    scanMessage(scan, message, { start, end, depth: depth + 1 })
    return
  }
  const scalar = field.scalar ?? ScalarType.INT32 // the rest are enums, written as integers
  if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) {
    if (wireType !== wire.lengthDelimited) throw wrongType(field, payload)
    if (scalar === ScalarType.STRING) count(scan, 'textBytes', end - start)
    // a list of bytes costs an object for each entry
    if (field.fieldKind === 'list') count(scan, 'messages', 1)
    return
  }
  const width = scalar === ScalarType.FLOAT ? 4 : scalar === ScalarType.DOUBLE ? 8 : 0
  const plainType = width === 4 ? wire.fixed32 : width === 8 ? wire.fixed64 : wire.varint
  const packed = field.fieldKind === 'list' && wireType === wire.lengthDelimited
  if (!packed && wireType !== plainType) throw wrongType(field, payload)
  if (field.fieldKind !== 'list') return
  if (packed && width > 0 && (end - start) % width !== 0) throw wrongType(field, payload)
  const entries = !packed ? 1 : width > 0 ? (end - start) / width : countVarints(scan.bytes, start, end)
  count(scan, width > 0 ? 'floats' : 'integers', entries)
}

function wrongType(field: DescField, { wireType, start }: Payload) {
  return new OnnxFileError({ problem: `the field ${field.name} is of wire type ${wireType}`, offset: start })
}

const limitNames = {
  messages: 'messages',
  integers: 'integers in lists',
  floats: 'floats in lists',
  textBytes: 'bytes of text',
} as const

function count(scan: Scan, what: keyof Counts, more: number) {
  scan.counts[what] += more
  if (scan.counts[what] > scan.limits[what]) {
    throw new OnnxLimitError({ what: limitNames[what], actual: scan.counts[what], allowed: scan.limits[what] })
  }
}

function readPayload(
  bytes: Uint8Array,
  wireType: number,
  start: number,
  limit: number,
): { start: number; end: number } {
  if (wireType === wire.varint) return { start, end: readVarint(bytes, start, limit).next }
  if (wireType === wire.lengthDelimited) {
    const length = readVarint(bytes, start, limit)
    return { start: length.next, end: within(length.next, length.value, limit) }
  }
  if (wireType === wire.fixed32) return { start, end: within(start, 4, limit) }
  if (wireType === wire.fixed64) return { start, end: within(start, 8, limit) }
  throw new OnnxFileError({ problem: `there is no wire type ${wireType}`, offset: start })
}

function within(start: number, length: number, limit: number): number {
  if (start + length <= limit) return start + length
  throw new OnnxFileError({ problem: `${length} bytes are announced and ${limit - start} are left`, offset: start })
}

/** Reads up to ten bytes of seven bits, lowest first. Values beyond 2^53 lose low bits, which no tag or length has. */
function readVarint(bytes: Uint8Array, start: number, limit: number): { value: number; next: number } {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const byte = start + index < limit ? bytes[start + index] : undefined
    if (byte === undefined) throw new OnnxFileError({ problem: 'it ends in the middle of a number', offset: start })
    value += (byte & 127) * 2 ** (7 * index)
    if (byte < 128) return { value, next: start + index + 1 }
  }
  throw new OnnxFileError({ problem: 'a number is longer than ten bytes', offset: start })
}

function countVarints(bytes: Uint8Array, start: number, end: number): number {
  let total = 0
  for (let offset = start; offset < end; offset++) if ((bytes[offset] ?? 0) < 128) total++
  if (end > start && (bytes[end - 1] ?? 0) >= 128) {
    throw new OnnxFileError({ problem: 'a list ends in the middle of a number', offset: end })
  }
  return total
}

const knownFields = new WeakMap<DescMessage, Map<number, DescField>>()

function fieldsOf(schema: DescMessage): Map<number, DescField> {
  const known = knownFields.get(schema) ?? new Map(schema.fields.map((field) => [field.number, field]))
  knownFields.set(schema, known)
  return known
}
