import { mod } from './field.ts'
import type { Constraint, LinearCombination, R1cs } from './r1cs.ts'

/** Collects wires and constraints while a graph is compiled. Wires are numbered in the order they are taken. */
export type CircuitBuilder = {
  /** Takes `count` new private wires and returns the first one's number. */
  takeWires(count: number): number
  /** Adds the row a · b = c. */
  constrain(a: LinearCombination, b: LinearCombination, c: LinearCombination): void
  /** The finished system. */
  build(): R1cs
}

/** A builder whose wires 1…outputCount + publicInputCount are already taken by the public signals. */
export function createCircuitBuilder({
  outputCount,
  publicInputCount,
}: {
  outputCount: number
  publicInputCount: number
}): CircuitBuilder {
  const constraints: Constraint[] = []
  let wireCount = 1 + outputCount + publicInputCount
  return {
    takeWires(count) {
      const first = wireCount
      wireCount += count
      return first
    },
    constrain(a, b, c) {
      constraints.push({ a, b, c })
    },
    build: () => ({ wireCount, outputCount, publicInputCount, constraints }),
  }
}

/** The constant one. */
export const one: LinearCombination = { wires: [0], coefficients: [1n] }

/** A wire by itself. */
export function wire(index: number): LinearCombination {
  return { wires: [index], coefficients: [1n] }
}

/** A constant. */
export function constant(value: bigint): LinearCombination {
  return combine([[value, one]])
}

/** Σ factor · combination, with each wire once, coefficients in (0, r) and zero terms dropped. */
export function combine(terms: Iterable<readonly [factor: bigint, combination: LinearCombination]>): LinearCombination {
  const sums = new Map<number, bigint>()
  for (const [factor, { wires, coefficients }] of terms) {
    for (const [index, wireIndex] of wires.entries()) {
      sums.set(wireIndex, (sums.get(wireIndex) ?? 0n) + factor * (coefficients[index] ?? 0n))
    }
  }
  const result: LinearCombination = { wires: [], coefficients: [] }
  for (const [wireIndex, sum] of sums) {
    const coefficient = mod(sum)
    if (coefficient === 0n) continue
    result.wires.push(wireIndex)
    result.coefficients.push(coefficient)
  }
  return result
}
