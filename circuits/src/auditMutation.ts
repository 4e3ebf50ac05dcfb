import { wireDomains } from './auditDomains.ts'
import { auditRows, evaluateSum } from './auditRows.ts'
import { inverse, mod } from './field.ts'
import { findViolation, type R1cs } from './r1cs.ts'

/** A second witness for the same inputs, and the wire whose change led to it. */
export type Forgery = { wire: number; witness: bigint[] }

/** What {@link createForger} starts from. */
export type ForgerOptions = {
  /** a witness that satisfies the system */
  witness: readonly bigint[]
  /** wires that a forger must leave as they are */
  inputs: Iterable<number>
  /** repairs that are tried for each mutation */
  repairs?: number
}

// An attempt ends when it would have to repair more rows at once, or choose from more wires, than these.
const mostBroken = 24
const mostRepairers = 64

/** Terms of one wire in one row. */
type Use = { row: number; a: bigint; b: bigint; c: bigint }

/**
 * Prepares the search for a second witness over BN254 by mutation: one wire takes another value, and each row that breaks is
 * repaired by changing one more of its wires to the value that the row then asks for, until all rows hold or no wire is left
 * to change. Rows with the fewest ways of repair go first, so that a change that a row forbids ends the attempt at once.
 * @returns a function that mutates one wire to the values that are given
 */
export function createForger(
  r1cs: R1cs,
  { witness: honest, inputs, repairs = 40 }: ForgerOptions,
): (wire: number, values: Iterable<bigint>) => Forgery | undefined {
  const rows = auditRows(r1cs)
  const domains = wireDomains(rows)
  const witness = [...honest]
  const fixed = new Set([0, ...inputs])
  const uses: Map<number, Use>[] = Array.from({ length: r1cs.wireCount }, () => new Map())
  const freeWires: number[][] = []
  const sums = rows.map(({ a, b, c }, row) => {
    const here = new Map<number, Use>()
    for (const [side, { wires, coefficients }] of [['a', a] as const, ['b', b] as const, ['c', c] as const]) {
      for (const [index, wire] of wires.entries()) {
        if (fixed.has(wire)) continue
        const use = here.get(wire) ?? { row, a: 0n, b: 0n, c: 0n }
        use[side] = coefficients[index] ?? 0n
        here.set(wire, use)
      }
    }
    for (const [wire, use] of here) uses[wire]?.set(row, use)
    freeWires.push([...here.keys()])
    return { a: evaluateSum(a, honest), b: evaluateSum(b, honest), c: evaluateSum(c, honest) }
  })
  const broken = new Set<number>()
  const changed = new Map<number, bigint>()
  let left = 0

  /** Moves a wire by `delta` and keeps each row's sums, and the set of broken rows, in step. */
  const shift = (wire: number, delta: bigint) => {
    witness[wire] = mod((witness[wire] ?? 0n) + delta)
    for (const { row, a, b, c } of uses[wire]?.values() ?? []) {
      const sum = sums[row]
      if (!sum) continue
      sum.a = a === 0n ? sum.a : mod(sum.a + a * delta)
      sum.b = b === 0n ? sum.b : mod(sum.b + b * delta)
      sum.c = c === 0n ? sum.c : mod(sum.c + c * delta)
      if (mod(sum.a * sum.b - sum.c) === 0n) broken.delete(row)
      else broken.add(row)
    }
  }
  const allows = (wire: number, value: bigint) => domains.get(wire)?.includes(value) ?? true

  /** Changes of a wire that make a row hold. */
  const repairsOf = (row: number, wire: number): bigint[] => {
    const [sum, use] = [sums[row], uses[wire]?.get(row)]
    if (!sum || !use) return []
    const here = witness[wire] ?? 0n
    const domain = domains.get(wire)
    if (domain) {
      const deltas = domain.filter((value) => value !== here).map((value) => mod(value - here))
      return deltas.filter(
        (delta) => mod((sum.a + use.a * delta) * (sum.b + use.b * delta) - sum.c - use.c * delta) === 0n,
      )
    }
    const slope = mod(use.c - use.a * sum.b - use.b * sum.a)
    if (use.a === 0n || use.b === 0n) return slope === 0n ? [] : [mod((sum.a * sum.b - sum.c) * inverse(slope))]
    // a · a = a of a sum: 0 and 1 are its roots
    if (use.a !== use.b || use.a !== use.c || sum.a !== sum.b || sum.a !== sum.c) return []
    return [mod(-sum.a * inverse(use.a)), mod((1n - sum.a) * inverse(use.a))]
  }
  const canRepair = (row: number, wire: number): boolean => {
    const [sum, use] = [sums[row], uses[wire]?.get(row)]
    if (!sum || !use || domains.has(wire)) return repairsOf(row, wire).length > 0
    if (use.a !== 0n && use.b !== 0n) return use.a === use.b && use.a === use.c && sum.a === sum.b && sum.a === sum.c
    return mod(use.c - use.a * sum.b - use.b * sum.a) !== 0n
  }
  /** Wires that could repair a row, or undefined when there are more than `most`: only counted, nothing is inverted. */
  const repairers = (row: number, most: number): number[] | undefined => {
    const found: number[] = []
    for (const wire of freeWires[row] ?? []) {
      if (changed.has(wire) || !canRepair(row, wire)) continue
      found.push(wire)
      if (found.length > most) return undefined
    }
    return found
  }

  const repair = (): boolean => {
    if (broken.size === 0) return true
    if (broken.size > mostBroken) return false
    let best: { row: number; wires: number[] } | undefined
    for (const row of broken) {
      const wires = repairers(row, best ? best.wires.length - 1 : mostRepairers)
      if (wires) best = { row, wires }
      if (wires?.length === 0) return false
    }
    if (!best) return false
    const { row, wires } = best
    for (const wire of wires) {
      for (const delta of repairsOf(row, wire)) {
        if (left-- <= 0) return false
        changed.set(wire, delta)
        shift(wire, delta)
        if (repair()) return true
        shift(wire, -delta)
        changed.delete(wire)
      }
    }
    return false
  }

  return (wire, values) => {
    const here = witness[wire] ?? 0n
    for (const value of new Set([...values].map(mod))) {
      if (value === here || fixed.has(wire) || !allows(wire, value)) continue
      left = repairs
      changed.set(wire, mod(value - here))
      shift(wire, mod(value - here))
      const found = repair() ? [...witness] : undefined
      for (const [other, delta] of changed) shift(other, -delta)
      changed.clear()
      broken.clear()
      if (found && findViolation(r1cs, found) === undefined) return { wire, witness: found }
    }
    return undefined
  }
}

/** The values that a wire is mutated to: its neighbours, 0, 1, its negative, and a power of two away. */
export function mutations(value: bigint, random: () => number): bigint[] {
  const power = 1n << BigInt(1 + Math.floor(random() * 20))
  const far = BigInt(Math.floor(random() * 2 ** 48)) << BigInt(Math.floor(random() * 200))
  return [value + 1n, value - 1n, 0n, 1n, -value, value + 2n, value - 2n, value + power, value - power, far]
}
