import { uniqueDigits } from './auditDigits.ts'
import { descendingChains, oneHotGroups, wireDomains } from './auditDomains.ts'
import { eliminate, type LinearRow } from './auditElimination.ts'
import { type AuditRow, type AuditSum, auditRows, isConstant } from './auditRows.ts'
import { mod } from './field.ts'
import type { R1cs } from './r1cs.ts'

/*
 * Which wires follow from the known ones, in the way of Picus (https://eprint.iacr.org/2023/512): a wire counts as determined when a
 * rule below shows that it has at most one value for each value of the known wires. Rules, applied until none adds a wire:
 *
 *   (1) domain       a row over one wire leaves it finitely many values: b · b = b leaves 0 and 1; behind a wire b of these,
 *                    (b - t) · t = 0 leaves t no more
 *   (2) definition   a row that is linear in its open wires, with constant coefficients, and has one open wire
 *   (3) digits       such a row whose open wires have finite domains and can make each sum in one way only: bits, one-hot digits, descending ones
 *   (4) elimination  such rows with as many equations as open wires: Gaussian elimination leaves a wire alone in a row
 *   (5) zero tests   x · inverse = k · (1 - e), x · e = 0 and inverse · e = 0 of a determined x
 *
 * A row is linear in its open wires when one of its factors is determined and no open wire stands in the other one, unless the
 * determined factor is a constant. So no rule ever divides by a value that could be zero.
 */

/** What is known of a system from its rows alone. */
export type Determination = {
  /** private and output wires that no rule determines, ascending */
  undetermined: number[]
  /** the values that rows over a single wire leave it */
  domains: Map<number, bigint[]>
}

/** Follows from the wires in `known`, and wire 0, what is determined. */
export function determineWires(r1cs: R1cs, known: Iterable<number>): Determination {
  const { wireCount } = r1cs
  const rows = auditRows(r1cs)
  const domains = wireDomains(rows)
  const chains = descendingChains(rows, domains)
  const determined = new Uint8Array(wireCount)
  const rowsOf = indexRows(rows, wireCount)
  const open = rows.map((row) => openCounts(row))
  const pending = new Set<number>()
  const single: number[] = []

  const classify = (index: number) => {
    const counts = open[index]
    if (!counts) return
    const total = counts.a + counts.b + counts.c
    const row = rows[index]
    if (!row || total === 0) {
      pending.delete(index)
      return
    }
    const isLinear =
      (counts.a === 0 && counts.b === 0) ||
      (counts.a === 0 && isConstant(row.a)) ||
      (counts.b === 0 && isConstant(row.b))
    if (!isLinear) return
    pending.add(index)
    if (counts.a <= 1 && counts.b <= 1 && counts.c <= 1) single.push(index)
  }
  const determine = (wire: number) => {
    if (wire === 0 || determined[wire]) return
    determined[wire] = 1
    for (const { index, side } of rowsOf[wire] ?? []) {
      const counts = open[index]
      if (counts) counts[side] -= 1
    }
    for (const { index } of rowsOf[wire] ?? []) classify(index)
  }
  const isOpen = (wire: number) => wire !== 0 && !determined[wire]

  for (const wire of known) determine(wire)
  for (const [wire, values] of domains) if (values.length <= 1) determine(wire)
  for (let index = 0; index < rows.length; index++) classify(index)

  const groups = oneHotGroups(rows, domains)
  const tests = zeroTests(rows, rowsOf)
  const tried = new Map<number, number>()
  for (let advanced = true; advanced; ) {
    advanced = false
    for (let index = single.pop(); index !== undefined; index = single.pop()) {
      const row = linearRow(rows[index], isOpen)
      const [first, second] = row.keys()
      if (first !== undefined && second === undefined) determine(first) // (2)
    }
    for (const index of [...pending]) {
      const counts = open[index]
      const total = counts ? counts.a + counts.b + counts.c : 0
      if (total === 0 || tried.get(index) === total) continue
      tried.set(index, total)
      const row = linearRow(rows[index], isOpen)
      if (row.size > 1 && !uniqueDigits(row, { domains, groups, chains })) continue
      for (const wire of row.keys()) determine(wire) // (2), (3)
      advanced = true
    }
    if (advanced) continue
    for (const wire of eliminate([...pending].map((index) => linearRow(rows[index], isOpen)))) {
      determine(wire) // (4)
      advanced = true
    }
    if (advanced) continue
    for (const { x, isZero, inverse } of tests) {
      if (x.wires.some(isOpen) || !isOpen(isZero)) continue
      for (const wire of [isZero, inverse]) determine(wire) // (5)
      advanced = true
    }
  }

  const undetermined: number[] = []
  for (let wire = 1; wire < wireCount; wire++) if (isOpen(wire)) undetermined.push(wire)
  return { undetermined, domains }
}

type Side = 'a' | 'b' | 'c'

function indexRows(rows: readonly AuditRow[], wireCount: number): { index: number; side: Side }[][] {
  const rowsOf: { index: number; side: Side }[][] = Array.from({ length: wireCount }, () => [])
  for (const [index, row] of rows.entries()) {
    for (const side of ['a', 'b', 'c'] as const) {
      for (const wire of row[side].wires) if (wire !== 0) rowsOf[wire]?.push({ index, side })
    }
  }
  return rowsOf
}

function openCounts({ a, b, c }: AuditRow): Record<Side, number> {
  const count = ({ wires }: AuditSum) => wires.length - (wires.includes(0) ? 1 : 0)
  return { a: count(a), b: count(b), c: count(c) }
}

/** The open wires of a row that is linear in them, with their coefficients, zero ones dropped. */
function linearRow(row: AuditRow | undefined, isOpen: (wire: number) => boolean): LinearRow {
  const sums: LinearRow = new Map()
  if (!row) return sums
  const add = ({ wires, coefficients }: AuditSum, factor: bigint) => {
    for (const [index, wire] of wires.entries()) {
      if (isOpen(wire)) sums.set(wire, (sums.get(wire) ?? 0n) + factor * (coefficients[index] ?? 0n))
    }
  }
  if (isConstant(row.a)) add(row.b, -(row.a.coefficients[0] ?? 0n))
  else if (isConstant(row.b)) add(row.a, -(row.b.coefficients[0] ?? 0n))
  add(row.c, 1n)
  for (const [wire, sum] of sums) {
    const coefficient = mod(sum)
    if (coefficient === 0n) sums.delete(wire)
    else sums.set(wire, coefficient)
  }
  return sums
}

/** The factor beside a wire that stands alone in a row whose right side is zero. */
function zeroFactor(row: AuditRow | undefined, wire: number): AuditSum | undefined {
  if (!row || row.c.wires.length > 0) return undefined
  if (row.a.wires.length === 1 && row.a.wires[0] === wire) return row.b
  return row.b.wires.length === 1 && row.b.wires[0] === wire ? row.a : undefined
}

/** Triples of rows x · inverse = k · (1 - e), x · e = 0 and inverse · e = 0: (5). */
function zeroTests(
  rows: readonly AuditRow[],
  rowsOf: readonly { index: number; side: Side }[][],
): { x: AuditSum; inverse: number; isZero: number }[] {
  return rows.flatMap(({ a: x, b, c }) => {
    const [inverse] = b.wires
    const isZero = c.wires.find((wire) => wire !== 0)
    if (b.wires.length !== 1 || !inverse || isZero === undefined || c.wires.length !== 2 || !c.wires.includes(0))
      return []
    if (mod(c.coefficients.reduce((sum, coefficient) => sum + coefficient, 0n)) !== 0n) return []
    const factors = (rowsOf[isZero] ?? []).flatMap(({ index }) => zeroFactor(rows[index], isZero) ?? [])
    const isPinned = factors.some(({ wires }) => wires.length === 1 && wires[0] === inverse)
    return isPinned && factors.some((factor) => sameTerms(factor, x)) ? [{ x, inverse, isZero }] : []
  })
}

function sameTerms(left: AuditSum, right: AuditSum): boolean {
  const [first, second] = [splitConstant(left), splitConstant(right)]
  return first.key === second.key && first.constant === second.constant
}

function splitConstant({ wires, coefficients }: AuditSum): { key: string; constant: bigint; wires: number[] } {
  const terms: string[] = []
  let constant = 0n
  for (const [index, wire] of wires.entries()) {
    if (wire === 0) constant = coefficients[index] ?? 0n
    else terms.push(`${wire}·${coefficients[index]}`)
  }
  return { key: terms.sort().join(' '), constant, wires: wires.filter((wire) => wire !== 0) }
}
