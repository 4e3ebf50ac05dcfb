import { type AuditRow, type AuditSum, isConstant } from './auditRows.ts'
import { inverse, mod } from './field.ts'

/** Boolean wires of which exactly one is 1 (`exact`), or at most one. */
export type OneHotGroup = { wires: number[]; exact: boolean }

/** Boolean wires, each 0 or what the one before it is: some ones, then zeros. */
export type DescendingChain = { wires: number[] }

/** Values of the wires that a row over one wire limits to one or two; rows of another form are left out. */
export function wireDomains(constraints: readonly AuditRow[]): Map<number, bigint[]> {
  const domains = new Map<number, bigint[]>()
  for (const row of constraints) {
    const wire = onlyWire(row)
    if (wire === undefined) continue
    const roots = rootsOf(row, wire)
    if (!roots) continue
    const known = domains.get(wire)
    domains.set(wire, known ? known.filter((value) => roots.includes(value)) : roots)
  }
  return domains
}

function onlyWire({ a, b, c }: AuditRow): number | undefined {
  let only: number | undefined
  for (const { wires } of [a, b, c]) {
    for (const wire of wires) {
      if (wire === 0 || wire === only) continue
      if (only !== undefined) return undefined
      only = wire
    }
  }
  return only
}

/** Values of the wire for which the row holds: both roots of (x - s) · (x - t) = 0 written as factors, or of b · b = k · b. */
function rootsOf({ a, b, c }: AuditRow, wire: number): bigint[] | undefined {
  const [p, q, r] = [affine(a, wire), affine(b, wire), affine(c, wire)]
  const root = (slope: bigint, constant: bigint) => mod(-constant * inverse(slope))
  if (p.slope === 0n || q.slope === 0n) {
    const slope = mod(p.slope * q.constant + p.constant * q.slope - r.slope)
    return slope === 0n ? undefined : [root(slope, mod(p.constant * q.constant - r.constant))]
  }
  if (r.slope === 0n && r.constant === 0n) {
    return [...new Set([root(p.slope, p.constant), root(q.slope, q.constant)])]
  }
  for (const [left, right] of [
    [p, q],
    [q, p],
  ] as const) {
    // left · right = k · right, so that right = 0 or left = k
    const k = mod(r.slope * inverse(right.slope))
    if (mod(k * right.constant) !== r.constant) continue
    return [...new Set([root(right.slope, right.constant), root(left.slope, mod(left.constant - k))])]
  }
  return undefined
}

function affine({ wires, coefficients }: AuditSum, wire: number): { slope: bigint; constant: bigint } {
  let [slope, constant] = [0n, 0n]
  for (const [index, at] of wires.entries()) {
    if (at === wire) slope += coefficients[index] ?? 0n
    else if (at === 0) constant += coefficients[index] ?? 0n
  }
  return { slope: mod(slope), constant: mod(constant) }
}

/** Groups of boolean wires that a row Σ h_i · 1 = 1, or s · s = s with s = Σ h_i, makes one-hot. */
export function oneHotGroups(constraints: readonly AuditRow[], domains: ReadonlyMap<number, bigint[]>): OneHotGroup[] {
  const isBoolean = (wire: number) => {
    const values = domains.get(wire)
    return values?.every((value) => value === 0n || value === 1n) ?? false
  }
  const groups: OneHotGroup[] = []
  for (const { a, b, c } of constraints) {
    const square = a.wires.length > 1 && [b, c].every((side) => sameSum(a, side))
    const sum = square
      ? new Map(a.wires.map((wire, index) => [wire, a.coefficients[index] ?? 0n]))
      : flatten({ a, b, c })
    if (!sum) continue
    const wires = [...sum.keys()].filter((wire) => wire !== 0)
    if (wires.length < 2 || !wires.every(isBoolean)) continue
    const scale = sum.get(wires[0] ?? 0) ?? 0n
    if (!wires.every((wire) => sum.get(wire) === scale)) continue
    const constant = sum.get(0) ?? 0n
    if (square && scale === 1n && constant === 0n) groups.push({ wires, exact: false })
    // scale · Σ h + constant = 0 with constant = -scale
    if (!square && mod(constant + scale) === 0n) groups.push({ wires, exact: true })
  }
  return groups
}

/**
 * Chains of wires that rows (before - after) · after = 0 put in descending order, from a boolean first one on. The others' domains
 * follow, and are added.
 */
export function descendingChains(constraints: readonly AuditRow[], domains: Map<number, bigint[]>): DescendingChain[] {
  const nextOf = new Map<number, number>()
  for (const { a, b, c } of constraints) {
    const [after] = b.wires
    if (c.wires.length > 0 || b.wires.length !== 1 || !after || b.coefficients[0] !== 1n) continue
    const before = a.wires.find((wire) => wire !== after)
    const slopes = a.wires.map((wire, index) => mod((a.coefficients[index] ?? 0n) * (wire === after ? -1n : 1n)))
    if (a.wires.length !== 2 || !before || !slopes.every((slope) => slope === 1n)) continue
    if (!nextOf.has(before)) nextOf.set(before, after)
  }
  const inside = new Set(nextOf.values())
  const chains: DescendingChain[] = []
  for (const first of nextOf.keys()) {
    if (inside.has(first) || !domains.get(first)?.every((value) => value === 0n || value === 1n)) continue
    const wires = [first]
    for (let wire = nextOf.get(first); wire !== undefined && !wires.includes(wire); wire = nextOf.get(wire)) {
      domains.set(wire, [0n, 1n])
      wires.push(wire)
    }
    chains.push({ wires })
  }
  return chains
}

function sameSum(left: AuditSum, right: AuditSum): boolean {
  if (left.wires.length !== right.wires.length) return false
  return left.wires.every(
    (wire, index) => right.wires[index] === wire && right.coefficients[index] === left.coefficients[index],
  )
}

/** A row with a constant factor as one sum that is zero; undefined for other rows. */
function flatten({ a, b, c }: AuditRow): Map<number, bigint> | undefined {
  const [factor, other] = isConstant(a) ? [a, b] : [b, a]
  if (!isConstant(factor)) return undefined
  const scale = factor.coefficients[0] ?? 0n
  const sum = new Map<number, bigint>()
  for (const [combination, sign] of [
    [other, scale],
    [c, -1n],
  ] as const) {
    for (const [index, wire] of combination.wires.entries()) {
      sum.set(wire, mod((sum.get(wire) ?? 0n) + sign * (combination.coefficients[index] ?? 0n)))
    }
  }
  for (const [wire, value] of sum) if (value === 0n) sum.delete(wire)
  return sum
}
