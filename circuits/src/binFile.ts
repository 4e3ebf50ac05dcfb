/** One section of an iden3 binary file. */
export type BinFileSection = { id: number; bytes: Uint8Array }

/** A file is not the iden3 binary file it should be: wrong magic, wrong version, or its sections do not fill it exactly. */
export class BinFileInvalidError extends Error {
  override readonly name = 'BinFileInvalidError'
  readonly magic: string
  readonly fact: string

  constructor({ magic, fact }: { magic: string; fact: string }) {
    super(`The ${magic} file is damaged: ${fact}. Fetch or make it again.`)
    this.magic = magic
    this.fact = fact
  }
}

/** Bytes of one field element in a file: 32, little-endian. */
export const elementBytes = 32

const headerBytes = 12
const sectionHeaderBytes = 12

/** Writes a non-negative integer below 2^256 as 32 little-endian bytes at an offset. */
export function putElement(view: DataView, offset: number, value: bigint): void {
  view.setBigUint64(offset, BigInt.asUintN(64, value), true)
  view.setBigUint64(offset + 8, BigInt.asUintN(64, value >> 64n), true)
  view.setBigUint64(offset + 16, BigInt.asUintN(64, value >> 128n), true)
  view.setBigUint64(offset + 24, value >> 192n, true)
}

/** Reads 32 little-endian bytes at an offset as an integer below 2^256. */
export function getElement(view: DataView, offset: number): bigint {
  return (
    view.getBigUint64(offset, true) |
    (view.getBigUint64(offset + 8, true) << 64n) |
    (view.getBigUint64(offset + 16, true) << 128n) |
    (view.getBigUint64(offset + 24, true) << 192n)
  )
}

/** A view of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Joins sections into an iden3 binary file: four letters of magic, u32 version, u32 number of sections, then for each
 * section u32 id, u64 length and its bytes, all little-endian (the container of .r1cs, .wtns and .zkey).
 */
export function encodeBinFile(magic: string, version: number, sections: BinFileSection[]): Uint8Array {
  const length = sections.reduce((sum, { bytes }) => sum + sectionHeaderBytes + bytes.length, headerBytes)
  const file = new Uint8Array(length)
  const view = viewOf(file)
  file.set(new TextEncoder().encode(magic), 0)
  view.setUint32(4, version, true)
  view.setUint32(8, sections.length, true)
  let offset = headerBytes
  for (const { id, bytes } of sections) {
    view.setUint32(offset, id, true)
    view.setBigUint64(offset + 4, BigInt(bytes.length), true)
    file.set(bytes, offset + sectionHeaderBytes)
    offset += sectionHeaderBytes + bytes.length
  }
  return file
}

/** Where a section's bytes stand in a file. */
export type SectionPlace = { id: number; start: number; length: number }

/**
 * Finds the sections of an iden3 binary file through a reader of small pieces, so that a large file need not be in memory.
 * @param read gives `length` bytes at `offset`; it may give fewer where the file ends
 * @param fileLength length of the whole file in bytes
 * @throws {@link BinFileInvalidError} wrong magic or version, a repeated section, or sections that do not fill the file
 */
export function findSections(
  read: (offset: number, length: number) => Uint8Array,
  { magic, version, fileLength }: { magic: string; version: number; fileLength: number },
): Map<number, SectionPlace> {
  const invalid = (fact: string) => new BinFileInvalidError({ magic, fact })
  const piece = (offset: number, length: number) => {
    if (offset + length > fileLength) {
      throw invalid(`it ends at byte ${fileLength} and needs ${offset + length}`)
    }
    return viewOf(read(offset, length))
  }
  const header = piece(0, headerBytes)
  const found = String.fromCharCode(...[0, 1, 2, 3].map((index) => header.getUint8(index)))
  if (found !== magic) throw invalid(`it begins with ${JSON.stringify(found)} instead of "${magic}"`)
  if (header.getUint32(4, true) !== version) {
    throw invalid(`its version is ${header.getUint32(4, true)} and only ${version} is known`)
  }
  const places = new Map<number, SectionPlace>()
  let offset = headerBytes
  for (let left = header.getUint32(8, true); left > 0; left--) {
    const head = piece(offset, sectionHeaderBytes)
    const id = head.getUint32(0, true)
    const length = head.getBigUint64(4, true)
    const start = offset + sectionHeaderBytes
    if (length > BigInt(fileLength - start)) {
      throw invalid(`it ends at byte ${fileLength} and section ${id} needs ${BigInt(start) + length}`)
    }
    if (places.has(id)) throw invalid(`section ${id} stands in it twice`)
    places.set(id, { id, start, length: Number(length) })
    offset = start + Number(length)
  }
  if (offset !== fileLength) throw invalid(`${fileLength - offset} bytes follow its last section`)
  return places
}
