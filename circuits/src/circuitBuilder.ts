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
    for (let term = 0; term < wires.length; term++) {
      const wireIndex = wires[term] ?? 0
      sums.set(wireIndex, (sums.get(wireIndex) ?? 0n) + factor * BigInt(coefficients[term] ?? 0))
    }
  }
  const result = { wires: [] as number[], coefficients: [] as bigint[] }
  for (const [wireIndex, sum] of sums) {
    const coefficient = mod(sum)
    if (coefficient === 0n) continue
    result.wires.push(wireIndex)
    result.coefficients.push(coefficient)
  }
  return result
}

/** Adds up long rows with small coefficients: {@link combine} for a million terms. */
export type Accumulator = {
  /** Adds factor · combination. */
  add(factor: number, combination: LinearCombination): void
  /** The sum since the last call, wires in the order of their first mention, in typed arrays unless a coefficient passes 2^53. */
  take(): LinearCombination
}

/** An accumulator over wires of any number; one serves a whole compilation. */
export function createAccumulator(): Accumulator {
  let sums = new Float64Array(1024)
  let isTouched = new Uint8Array(1024)
  let touched = new Int32Array(1024)
  let count = 0
  let large: Map<number, bigint> | undefined

  const grow = (wireIndex: number) => {
    const size = 2 ** Math.ceil(Math.log2(wireIndex + 1))
    const [oldSums, oldTouched, oldList] = [sums, isTouched, touched]
    sums = new Float64Array(size)
    isTouched = new Uint8Array(size)
    touched = new Int32Array(size)
    sums.set(oldSums)
    isTouched.set(oldTouched)
    touched.set(oldList)
  }
  const enlarge = () => {
    const map = new Map<number, bigint>()
    for (let index = 0; index < count; index++) {
      const wireIndex = touched[index] ?? 0
      map.set(wireIndex, BigInt(sums[wireIndex] ?? 0))
    }
    clear()
    return map
  }
  const clear = () => {
    for (let index = 0; index < count; index++) {
      const wireIndex = touched[index] ?? 0
      sums[wireIndex] = 0
      isTouched[wireIndex] = 0
    }
    count = 0
  }

  return {
    add(factor, { wires, coefficients }) {
      for (let term = 0; term < wires.length; term++) {
        const wireIndex = wires[term] ?? 0
        const coefficient = coefficients[term] ?? 0
        if (!large) {
          if (wireIndex >= sums.length) grow(wireIndex)
          const sum = (sums[wireIndex] ?? 0) + factor * Number(coefficient)
          // Integers below 2^53 add and multiply exactly as doubles, and none above it rounds to one below.
          if (Math.abs(factor * Number(coefficient)) < 2 ** 53 && Math.abs(sum) < 2 ** 53) {
            sums[wireIndex] = sum
            if (!isTouched[wireIndex]) {
              isTouched[wireIndex] = 1
              touched[count++] = wireIndex
            }
            continue
          }
          large = enlarge()
        }
        large.set(wireIndex, (large.get(wireIndex) ?? 0n) + BigInt(factor) * BigInt(coefficient))
      }
    },
    take() {
      if (large) {
        const combination = combine([...large].map(([index, sum]) => [sum, wire(index)] as const))
        large = undefined
        return combination
      }
      let kept = 0
      const wires = new Int32Array(count)
      const coefficients = new Float64Array(count)
      for (let index = 0; index < count; index++) {
        const wireIndex = touched[index] ?? 0
        const sum = sums[wireIndex] ?? 0
        if (sum === 0) continue
        wires[kept] = wireIndex
        coefficients[kept++] = sum
      }
      clear()
      return kept === wires.length
        ? { wires, coefficients }
        : { wires: wires.slice(0, kept), coefficients: coefficients.slice(0, kept) }
    },
  }
}
