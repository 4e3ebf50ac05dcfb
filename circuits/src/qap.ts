import { type DomainKind, domainSizeOf, rootOfUnity } from './domain.ts'
import { inverse, mod, power, scalarOrder } from './field.ts'
import type { LinearCombination, R1cs } from './r1cs.ts'

/**
 * The quadratic arithmetic program of an r1cs, evaluated at one point tau: what a Groth16 setup needs of a circuit.
 * Rows are the constraints, then one row `wire i · 0 = 0` for wire one and each public signal: through them every public signal
 * has its own polynomial in A, so that even a signal no constraint mentions cannot be changed in a proof.
 */
export type QapAtTau = {
  /** Smallest of its kind that holds the rows. */
  domainSize: number
  /** A, B, C polynomials of each wire at tau. */
  a: bigint[]
  b: bigint[]
  c: bigint[]
  /** Lagrange polynomials of the odd points of the doubled domain at tau; there the quotient's multiple A·B - C is sampled. */
  h: bigint[]
}

/** Number of public signals: output words and public inputs. */
export function countSignals({ outputCount, publicInputCount }: R1cs): number {
  return outputCount + publicInputCount
}

/** Rows of a circuit: its constraints, and one for wire one and each public signal. */
export function rowCountOf(r1cs: R1cs): number {
  return r1cs.constraints.length + countSignals(r1cs) + 1
}

/** The power of two of a circuit's domain: rows, and one for each public signal and wire one. */
export function domainPower(r1cs: R1cs): number {
  return Math.log2(domainSizeOf(rowCountOf(r1cs), 'power-of-two'))
}

/**
 * Evaluates a circuit's polynomials at `tau`, on the smallest domain of a kind.
 * @throws RangeError a wire outside the circuit, or more than 2^27 rows
 */
export function evaluateQap(r1cs: R1cs, { tau, domain }: { tau: bigint; domain: DomainKind }): QapAtTau {
  const signalCount = countSignals(r1cs)
  const domainSize = domainSizeOf(rowCountOf(r1cs), domain)
  const doubled = lagrangeAt(tau, 2 * domainSize)
  const h = doubled.filter((_, index) => index % 2 === 1)
  const lagrange = lagrangeAt(tau, domainSize)

  // Sums are reduced once at the end: a million terms below r² fit 530 bits.
  const a: bigint[] = new Array(r1cs.wireCount).fill(0n)
  const b: bigint[] = new Array(r1cs.wireCount).fill(0n)
  const c: bigint[] = new Array(r1cs.wireCount).fill(0n)
  const addRow = (sums: bigint[], { wires, coefficients }: LinearCombination, weight: bigint) => {
    for (let term = 0; term < wires.length; term++) {
      const wire = wires[term] ?? -1
      const sum = sums[wire]
      const coefficient = coefficients[term]
      if (sum === undefined || coefficient === undefined) {
        throw new RangeError(`A constraint names wire ${wire} of ${r1cs.wireCount}, or a wire without a coefficient.`)
      }
      sums[wire] = sum + weight * BigInt(coefficient)
    }
  }
  for (const [row, constraint] of r1cs.constraints.entries()) {
    const weight = lagrange[row] ?? 0n
    addRow(a, constraint.a, weight)
    addRow(b, constraint.b, weight)
    addRow(c, constraint.c, weight)
  }
  for (let wire = 0; wire <= signalCount; wire++) {
    addRow(a, { wires: [wire], coefficients: [1n] }, lagrange[r1cs.constraints.length + wire] ?? 0n)
  }
  return { domainSize, a: a.map(mod), b: b.map(mod), c: c.map(mod), h }
}

/** Lagrange polynomials of the domain of n = `size` elements at tau: Lᵢ = ωⁱ (tau^n - 1) / (n (tau - ωⁱ)). */
function lagrangeAt(tau: bigint, size: number): bigint[] {
  const root = rootOfUnity(size)
  const points: bigint[] = []
  for (let index = 0, point = 1n; index < size; index++, point = (point * root) % scalarOrder) points.push(point)
  const scale = mod((power(tau, BigInt(size)) - 1n) * inverse(BigInt(size)))
  const inverses = invertAll(points.map((point) => mod(tau - point)))
  return points.map((point, index) => (((point * scale) % scalarOrder) * (inverses[index] ?? 0n)) % scalarOrder)
}

/** Inverses of many elements with one inversion (Montgomery's trick). */
function invertAll(values: bigint[]): bigint[] {
  const before: bigint[] = []
  let product = 1n
  for (const value of values) {
    before.push(product)
    product = (product * value) % scalarOrder
  }
  let rest = inverse(product)
  const inverses: bigint[] = new Array(values.length)
  for (let index = values.length - 1; index >= 0; index--) {
    inverses[index] = (rest * (before[index] ?? 0n)) % scalarOrder
    rest = (rest * (values[index] ?? 0n)) % scalarOrder
  }
  return inverses
}
