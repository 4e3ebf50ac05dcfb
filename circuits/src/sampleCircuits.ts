import { mod } from './field.ts'
import type { LinearCombination, R1cs } from './r1cs.ts'

/** A circuit with a witness that satisfies it. */
export type SampleCircuit = { r1cs: R1cs; witness: bigint[] }

const wire = (index: number): LinearCombination => ({ wires: [index], coefficients: [1n] })

/**
 * For tests: x · y = z with z public, and a second public signal, `binding`, that no constraint mentions.
 * Wires: one, z, binding, x, y.
 */
export function productCircuit({ x, y, binding }: { x: bigint; y: bigint; binding: bigint }): SampleCircuit {
  return {
    r1cs: { wireCount: 5, outputCount: 1, publicInputCount: 1, constraints: [{ a: wire(3), b: wire(4), c: wire(1) }] },
    witness: [1n, mod(x * y), binding, x, y],
  }
}

type SparseSum = { wires: number[]; coefficients: bigint[] }

/** For tests: rows of random sparse sums, each defining one new wire as a product; the first of them are outputs. */
export function randomCircuit(
  random: () => number,
  {
    rows,
    outputs,
    publicInputs,
    privateInputs,
  }: { rows: number; outputs: number; publicInputs: number; privateInputs: number },
): SampleCircuit {
  const element = () =>
    mod(Array.from({ length: 8 }).reduce<bigint>((sum) => (sum << 32n) | BigInt(Math.floor(random() * 2 ** 32)), 0n))
  const small = () =>
    random() < 0.5 ? BigInt(1 + Math.floor(random() * 9)) : mod(-BigInt(1 + Math.floor(random() * 9)))
  const firstInput = 1 + outputs
  const firstInner = firstInput + publicInputs + privateInputs
  const wireCount = firstInner + rows - outputs
  const witness: bigint[] = new Array(wireCount).fill(0n)
  witness[0] = 1n
  const known = [0]
  for (let input = firstInput; input < firstInner; input++) {
    witness[input] = element()
    known.push(input)
  }
  const sum = (): SparseSum => {
    const wires = [
      ...new Set(
        Array.from({ length: 1 + Math.floor(random() * 4) }, () => known[Math.floor(random() * known.length)] ?? 0),
      ),
    ]
    return { wires, coefficients: wires.map(() => (random() < 0.5 ? small() : element())) }
  }
  const evaluate = ({ wires, coefficients }: SparseSum) =>
    wires.reduce((total, index, term) => total + (coefficients[term] ?? 0n) * (witness[index] ?? 0n), 0n)
  const constraints = Array.from({ length: rows }, (_, row) => {
    const [a, b, rest] = [sum(), sum(), sum()]
    const target = row < outputs ? 1 + row : firstInner + row - outputs
    witness[target] = mod(evaluate(a) * evaluate(b) - evaluate(rest))
    known.push(target)
    return { a, b, c: { wires: [...rest.wires, target], coefficients: [...rest.coefficients, 1n] } }
  })
  return { r1cs: { wireCount, outputCount: outputs, publicInputCount: publicInputs, constraints }, witness }
}

/** For tests: a repeatable stream of numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
