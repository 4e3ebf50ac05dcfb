import { elementBytes, encodeBinFile, getElement, putElement, viewOf } from './binFile.ts'
import { scalarOrder } from './field.ts'

/** A witness value is no element of the scalar field. */
export class WitnessValueError extends Error {
  override readonly name = 'WitnessValueError'
  readonly wire: number
  readonly value: bigint

  constructor({ wire, value }: { wire: number; value: bigint }) {
    super(`Wire ${wire} of the witness is ${value}; it must be from 0 to r - 1, and wire 0 must be 1.`)
    this.wire = wire
    this.value = value
  }
}

/** A witness: one value for each wire, or the same as {@link encodeElements} writes it, whose values nobody has looked at. */
export type Witness = readonly bigint[] | Uint8Array

/** Most values of a witness are bits: numbers below this take a short way. */
const smallLimit = 2n ** 32n

/**
 * A witness as 32 little-endian bytes for each wire: what a `.wtns` file holds behind its header.
 * @param witness one value for each wire, each below the scalar order r; wire 0 is 1
 * @throws {@link WitnessValueError} a value is negative or not below r, or wire 0 is not 1
 */
export function encodeElements(witness: readonly bigint[]): Uint8Array {
  const values = new Uint8Array(witness.length * elementBytes)
  const view = viewOf(values)
  for (const [wire, value] of witness.entries()) {
    if (value < 0n || value >= scalarOrder || (wire === 0 && value !== 1n)) throw new WitnessValueError({ wire, value })
    if (value < smallLimit) view.setUint32(wire * elementBytes, Number(value), true)
    else putElement(view, wire * elementBytes, value)
  }
  return values
}

/** Values of a witness from wire `start` up to, not including, wire `end`; fewer where it ends. */
export function witnessValues(witness: Witness, { start, end }: { start: number; end: number }): bigint[] {
  if (!(witness instanceof Uint8Array)) return witness.slice(start, end)
  const view = viewOf(witness)
  const last = Math.min(end, wireCountOf(witness))
  return Array.from({ length: Math.max(0, last - start) }, (_, index) =>
    getElement(view, (start + index) * elementBytes),
  )
}

/** Wires that a witness has values for; not a whole number when bytes were cut off. */
export function wireCountOf(witness: Witness): number {
  return witness instanceof Uint8Array ? witness.length / elementBytes : witness.length
}

/**
 * Encodes a witness as an iden3 `.wtns` file, version 2.
 * @throws {@link WitnessValueError} as {@link encodeElements}, of a witness of values
 */
export function encodeWitness(witness: Witness): Uint8Array {
  const header = new Uint8Array(4 + elementBytes + 4)
  const headerView = viewOf(header)
  headerView.setUint32(0, elementBytes, true)
  putElement(headerView, 4, scalarOrder)
  headerView.setUint32(4 + elementBytes, wireCountOf(witness), true)
  return encodeBinFile('wtns', 2, [
    { id: 1, bytes: header },
    { id: 2, bytes: witness instanceof Uint8Array ? witness : encodeElements(witness) },
  ])
}
