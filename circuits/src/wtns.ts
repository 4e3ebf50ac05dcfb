import { elementBytes, encodeBinFile, putElement, viewOf } from './binFile.ts'
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

const shortLimit = 2n ** 32n

/**
 * Encodes a witness as an iden3 `.wtns` file, version 2.
 * @param witness one value for each wire, each below the scalar order r; wire 0 is 1
 * @throws {@link WitnessValueError} a value is negative or not below r, or wire 0 is not 1
 */
export function encodeWitness(witness: bigint[]): Uint8Array {
  const header = new Uint8Array(4 + elementBytes + 4)
  const headerView = viewOf(header)
  headerView.setUint32(0, elementBytes, true)
  putElement(headerView, 4, scalarOrder)
  headerView.setUint32(4 + elementBytes, witness.length, true)
  const values = new Uint8Array(witness.length * elementBytes)
  const valuesView = viewOf(values)
  for (const [wire, value] of witness.entries()) {
    if (value < 0n || value >= scalarOrder || (wire === 0 && value !== 1n)) throw new WitnessValueError({ wire, value })
    // Most values are bits, and short numbers are a tenth of the work.
    if (value < shortLimit) valuesView.setUint32(wire * elementBytes, Number(value), true)
    else putElement(valuesView, wire * elementBytes, value)
  }
  return encodeBinFile('wtns', 2, [
    { id: 1, bytes: header },
    { id: 2, bytes: values },
  ])
}
