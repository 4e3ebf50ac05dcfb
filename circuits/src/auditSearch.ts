import { type AuditRow, type AuditSum, auditRows } from './auditRows.ts'
import { scalarOrder } from './field.ts'
import type { R1cs } from './r1cs.ts'

/** A coefficient that is not zero vanishes modulo the prime, so that the search would see another system. */
export class PrimeTooSmallError extends Error {
  override readonly name = 'PrimeTooSmallError'
  readonly prime: number
  readonly coefficient: bigint

  constructor({ prime, coefficient }: { prime: number; coefficient: bigint }) {
    super(`The coefficient ${coefficient} vanishes modulo ${prime}; search over another prime.`)
    this.prime = prime
    this.coefficient = coefficient
  }
}

/** The search met its bound before it was through. */
export class SearchTooLargeError extends Error {
  override readonly name = 'SearchTooLargeError'
  readonly steps: number

  constructor({ steps }: { steps: number }) {
    super(`The search for witnesses is not through after ${steps} steps; audit the gadget with smaller parameters.`)
    this.steps = steps
  }
}

/** A system over a small prime field, ready to be searched. */
export type SmallSystem = {
  prime: number
  wireCount: number
  rows: SmallRow[]
  domains: (number[] | undefined)[]
  inverses: number[]
}

type SmallSum = { wires: number[]; coefficients: number[]; constant: number }
type SmallRow = { a: SmallSum; b: SmallSum; c: SmallSum; wires: number[] }

const maxSteps = 2_000_000

/**
 * The system modulo a small prime: each coefficient is read as the signed integer of least size and reduced.
 * Wires that a row of their own limits (b · b = b) keep the list of values that it allows.
 * @throws PrimeTooSmallError
 */
export function reduceSystem(r1cs: R1cs, prime: number): SmallSystem {
  const rows = auditRows(r1cs).map((row) => reduceRow(row, prime))
  const domains: (number[] | undefined)[] = new Array(r1cs.wireCount).fill(undefined)
  for (const row of rows) {
    const [wire, other] = row.wires
    if (wire === undefined || other !== undefined) continue
    const known = domains[wire] ?? Array.from({ length: prime }, (_, value) => value)
    domains[wire] = known.filter((value) => holds(row, () => value, prime))
  }
  const field = Array.from({ length: prime }, (_, value) => value)
  const inverses = field.map((value) => field.find((other) => (value * other) % prime === 1) ?? 0)
  return { prime, wireCount: r1cs.wireCount, rows, domains, inverses }
}

/**
 * All witnesses, up to `limit`, in which the wires of `fixed` have the given values, by trying every assignment of the others:
 * a wire is tried over the whole field unless a row limits it.
 * @throws SearchTooLargeError
 */
export function searchWitnesses(
  system: SmallSystem,
  { fixed, limit }: { fixed: ReadonlyMap<number, number>; limit: number },
): number[][] {
  const { prime, wireCount, rows, domains, inverses } = system
  const field = Array.from({ length: prime }, (_, value) => value)
  const values = new Array<number>(wireCount).fill(-1)
  const unknowns = rows.map(({ wires }) => wires.length)
  const rowsOf: number[][] = Array.from({ length: wireCount }, () => [])
  for (const [index, { wires }] of rows.entries()) for (const wire of wires) rowsOf[wire]?.push(index)
  const found: number[][] = []
  const trail: number[] = []
  let steps = 0

  const wireValue = (wire: number) => values[wire] ?? -1

  /** Values of a row's one open wire. */
  const solutions = (row: SmallRow, open: number): number[] => {
    if (row.a.wires.includes(open) || row.b.wires.includes(open)) {
      return (domains[open] ?? field).filter((candidate) =>
        holds(row, (other) => (other === open ? candidate : wireValue(other)), prime),
      )
    }
    const value = (wire: number) => (wire === open ? 0 : wireValue(wire))
    const factor = inverses[row.c.coefficients[row.c.wires.indexOf(open)] ?? 0] ?? 0
    const rest = sumOf(row.a, value, prime) * sumOf(row.b, value, prime) - sumOf(row.c, value, prime) + prime
    return [((rest % prime) * factor) % prime]
  }

  /** Gives a wire its value and everything that follows from it; false when a row breaks. */
  const assign = (wire: number, value: number): boolean => {
    const queue: [number, number][] = [[wire, value]]
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [at, to] = next
      const present = wireValue(at)
      if (present >= 0) {
        if (present !== to) return false
        continue
      }
      if (domains[at] && !domains[at].includes(to)) return false
      values[at] = to
      trail.push(at)
      // Every row is counted before any is looked at, so that an early return leaves the counts in step with the trail.
      for (const index of rowsOf[at] ?? []) unknowns[index] = (unknowns[index] ?? 0) - 1
      for (const index of rowsOf[at] ?? []) {
        const row = rows[index]
        if (!row || (unknowns[index] ?? 0) > 1) continue
        const open = row.wires.find((other) => wireValue(other) < 0)
        if (open === undefined) {
          if (!holds(row, wireValue, prime)) return false
          continue
        }
        const possible = solutions(row, open)
        const [first, second] = possible
        if (first === undefined) return false
        if (second === undefined) queue.push([open, first])
      }
    }
    return true
  }

  const undoTo = (length: number) => {
    for (let wire = trail.length > length ? trail.pop() : undefined; wire !== undefined; ) {
      values[wire] = -1
      for (const index of rowsOf[wire] ?? []) unknowns[index] = (unknowns[index] ?? 0) + 1
      wire = trail.length > length ? trail.pop() : undefined
    }
  }

  /** The open wire with the fewest values, of the row with the fewest open wires. */
  const chooseWire = (): number => {
    let [best, least] = [-1, Number.POSITIVE_INFINITY]
    for (const [index, { wires }] of rows.entries()) {
      const open = unknowns[index] ?? 0
      if (open === 0 || open * 1000 > least) continue
      for (const wire of wires) {
        const cost = open * 1000 + (domains[wire]?.length ?? prime)
        if (wireValue(wire) >= 0 || cost >= least) continue
        ;[best, least] = [wire, cost]
      }
    }
    return best >= 0 ? best : values.findIndex((value) => value < 0)
  }

  const search = () => {
    if (++steps > maxSteps) throw new SearchTooLargeError({ steps: maxSteps })
    const wire = chooseWire()
    if (wire < 0) {
      found.push([...values])
      return
    }
    const mark = trail.length
    for (const value of domains[wire] ?? field) {
      if (assign(wire, value)) search()
      undoTo(mark)
      if (found.length >= limit) return
    }
  }

  const start = [[0, 1] as const, ...fixed]
  if (start.every(([wire, value]) => assign(wire, ((value % prime) + prime) % prime))) {
    if (rows.every((row) => row.wires.length > 0 || holds(row, wireValue, prime))) search()
  }
  return found
}

function reduceRow({ a, b, c }: AuditRow, prime: number): SmallRow {
  const [smallA, smallB, smallC] = [reduceSum(a, prime), reduceSum(b, prime), reduceSum(c, prime)]
  return {
    a: smallA,
    b: smallB,
    c: smallC,
    wires: [...new Set([...smallA.wires, ...smallB.wires, ...smallC.wires])],
  }
}

function reduceSum({ wires, coefficients }: AuditSum, prime: number): SmallSum {
  const sum: SmallSum = { wires: [], coefficients: [], constant: 0 }
  for (const [index, wire] of wires.entries()) {
    const coefficient = coefficients[index] ?? 0n
    const signed = coefficient > scalarOrder / 2n ? coefficient - scalarOrder : coefficient
    const reduced = Number(((signed % BigInt(prime)) + BigInt(prime)) % BigInt(prime))
    if (wire === 0) {
      sum.constant = (sum.constant + reduced) % prime
      continue
    }
    if (reduced === 0) throw new PrimeTooSmallError({ prime, coefficient: signed })
    sum.wires.push(wire)
    sum.coefficients.push(reduced)
  }
  return sum
}

function holds({ a, b, c }: SmallRow, wireValue: (wire: number) => number, prime: number): boolean {
  return (sumOf(a, wireValue, prime) * sumOf(b, wireValue, prime)) % prime === sumOf(c, wireValue, prime)
}

function sumOf(
  { wires, coefficients, constant }: SmallSum,
  wireValue: (wire: number) => number,
  prime: number,
): number {
  let sum = constant
  for (let index = 0; index < wires.length; index++) {
    sum += (coefficients[index] ?? 0) * wireValue(wires[index] ?? 0)
  }
  return sum % prime
}
