import { elementBytes, encodeBinFile, getElement, putElement, viewOf } from './binFile.ts'
import { mod, scalarOrder } from './field.ts'

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
const smallNumber = 2 ** 32
const smallLimit = BigInt(smallNumber)

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

/** A witness in the making, written as {@link encodeElements} writes it. */
export type WitnessWriter = {
  /** Takes the next wire for an integer, which is reduced modulo r. @returns wires so far */
  push: (value: number | bigint) => number
  /** Changes the value of a wire that was taken. */
  set: (wire: number, value: bigint) => void
  /** What was written so far, in the memory that it is written to. */
  bytes: () => Uint8Array
}

/** Makes a writer with room for so many wires, and for more when it must. */
export function createWitnessWriter(wireCount: number): WitnessWriter {
  let values = new Uint8Array(Math.max(1, wireCount) * elementBytes)
  let view = viewOf(values)
  let taken = 0
  const set = (wire: number, value: bigint) => putElement(view, wire * elementBytes, mod(value))
  return {
    push: (value) => {
      if (taken * elementBytes === values.length) {
        const larger = new Uint8Array(2 * values.length)
        larger.set(values)
        values = larger
        view = viewOf(values)
      }
      if (typeof value === 'number' && value >= 0 && value < smallNumber)
        view.setUint32(taken * elementBytes, value, true)
      else set(taken, BigInt(value))
      taken += 1
      return taken
    },
    set,
    bytes: () => values.subarray(0, taken * elementBytes),
  }
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
