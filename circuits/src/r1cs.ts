import { scalarOrder } from './field.ts'

/**
 * Σ coefficients[i] · wires[i]; each wire at most once. Coefficients are bigints, or doubles that hold integers up to 2^53 with
 * their sign: a dense row of a network stands in typed arrays, which take 12 bytes a term.
 */
export type LinearCombination = { wires: number[] | Int32Array; coefficients: bigint[] | Float64Array }

/** One row: a · b = c. */
export type Constraint = { a: LinearCombination; b: LinearCombination; c: LinearCombination }

/**
 * Rank-1 constraint system over BN254's scalar field.
 * Wire 0 is the constant one, then come `outputCount` output words, `publicInputCount` public inputs, and private wires.
 */
export type R1cs = {
  wireCount: number
  outputCount: number
  publicInputCount: number
  constraints: Constraint[]
}

/** A coefficient of a linear combination as a field element in [0, r); zero past its end. */
export function coefficientAt({ coefficients }: LinearCombination, term: number): bigint {
  const coefficient = BigInt(coefficients[term] ?? 0) % scalarOrder
  return coefficient < 0n ? coefficient + scalarOrder : coefficient
}

/** Value of a linear combination under a witness, in [0, r). */
export function evaluateCombination({ wires, coefficients }: LinearCombination, witness: readonly bigint[]): bigint {
  let sum = 0n
  for (let term = 0; term < wires.length; term++) {
    const value = witness[wires[term] ?? -1] ?? 0n
    if (value !== 0n) sum += BigInt(coefficients[term] ?? 0) * value
  }
  const rest = sum % scalarOrder
  return rest < 0n ? rest + scalarOrder : rest
}

/**
 * Index of the first constraint that the witness breaks, or undefined when it satisfies all of them.
 * A witness of the wrong length, one whose wire 0 is not one, or one with a value outside [0, r) breaks constraint -1.
 */
export function findViolation(r1cs: R1cs, witness: readonly bigint[]): number | undefined {
  if (witness.length !== r1cs.wireCount || witness[0] !== 1n) return -1
  if (witness.some((value) => value < 0n || value >= scalarOrder)) return -1
  const index = r1cs.constraints.findIndex(({ a, b, c }) => {
    const product = evaluateCombination(a, witness) * evaluateCombination(b, witness)
    return product % scalarOrder !== evaluateCombination(c, witness)
  })
  return index < 0 ? undefined : index
}

/** The system in iden3's binary `.r1cs` format, version 1 (https://github.com/iden3/r1csfile). */
export function encodeR1cs(r1cs: R1cs): Uint8Array {
  const termCount = r1cs.constraints.reduce((n, { a, b, c }) => n + a.wires.length + b.wires.length + c.wires.length, 0)
  const headerBytes = 4 + 32 + 4 * 4 + 8 + 4
  const constraintBytes = r1cs.constraints.length * 12 + termCount * 36
  const bytes = new Uint8Array(12 + 3 * 12 + headerBytes + constraintBytes + r1cs.wireCount * 8)
  const view = new DataView(bytes.buffer)
  let at = 0
  const u32 = (value: number) => {
    view.setUint32(at, value, true)
    at += 4
  }
  const u64 = (value: number) => {
    view.setBigUint64(at, BigInt(value), true)
    at += 8
  }
  const fieldElement = (value: bigint) => {
    for (let limb = 0; limb < 4; limb++)
      view.setBigUint64(at + 8 * limb, BigInt.asUintN(64, value >> BigInt(64 * limb)), true)
    at += 32
  }
  const smallElement = (value: number) => {
    if (value >= 0) {
      // The bytes above are zero already.
      view.setUint32(at, value % 2 ** 32, true)
      view.setUint32(at + 4, value / 2 ** 32, true)
    } else if (-value <= lowestLimb) {
      view.setUint32(at, lowestLimb + value, true)
      for (let limb = 1; limb < 8; limb++) view.setUint32(at + 4 * limb, orderLimbs[limb] ?? 0, true)
    } else {
      fieldElement(scalarOrder + BigInt(value))
      return
    }
    at += 32
  }
  const combination = ({ wires, coefficients }: LinearCombination) => {
    u32(wires.length)
    for (let term = 0; term < wires.length; term++) {
      u32(wires[term] ?? 0)
      const coefficient = coefficients[term] ?? 0
      if (typeof coefficient === 'number') smallElement(coefficient)
      else fieldElement(coefficient)
    }
  }

  bytes.set(new TextEncoder().encode('r1cs'))
  at = 4
  u32(1)
  u32(3)

  u32(1)
  u64(headerBytes)
  u32(32)
  fieldElement(scalarOrder)
  u32(r1cs.wireCount)
  u32(r1cs.outputCount)
  u32(r1cs.publicInputCount)
  u32(r1cs.wireCount - 1 - r1cs.outputCount - r1cs.publicInputCount)
  u64(r1cs.wireCount)
  u32(r1cs.constraints.length)

  u32(2)
  u64(constraintBytes)
  for (const { a, b, c } of r1cs.constraints) {
    combination(a)
    combination(b)
    combination(c)
  }

  u32(3)
  u64(r1cs.wireCount * 8)
  for (let wire = 0; wire < r1cs.wireCount; wire++) u64(wire)
  return bytes
}

/** The scalar order in limbs of 32 bits, lowest first. */
const orderLimbs = Array.from({ length: 8 }, (_, limb) => Number((scalarOrder >> BigInt(32 * limb)) & 0xffffffffn))
const [lowestLimb = 0] = orderLimbs
