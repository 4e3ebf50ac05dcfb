import type { DescendingChain, OneHotGroup } from './auditDomains.ts'
import type { LinearRow } from './auditElimination.ts'
import { scalarOrder } from './field.ts'

/** What one digit adds to a sum: least distance between two of its contributions, and between the least and the greatest. */
type Digit = { step: bigint; span: bigint }

/**
 * Whether the open wires of a row can make each sum in one way only. Wires are gathered into digits: the wires of a one-hot
 * group are one digit, and so are those of a descending chain, of which the first few are 1; any other wire of a finite domain is one by itself. With the digits ordered by their step, no carry is
 * possible when each step is greater than the spans of all smaller digits together; and no sum wraps around the field when all
 * spans together are below r.
 */
export function uniqueDigits(
  row: LinearRow,
  {
    domains,
    groups,
    chains,
  }: { domains: ReadonlyMap<number, bigint[]>; groups: readonly OneHotGroup[]; chains: readonly DescendingChain[] },
): boolean {
  const rest = new Map(row)
  const digits: Digit[] = []
  const add = (contributions: bigint[]): boolean => {
    const sorted = contributions.map(signed).sort((left, right) => (left < right ? -1 : left > right ? 1 : 0))
    const [least, most] = [sorted[0], sorted.at(-1)]
    if (least === undefined || most === undefined) return false
    let step = most - least
    for (const [index, value] of sorted.entries()) {
      const before = sorted[index - 1]
      if (before !== undefined && value - before < step) step = value - before
    }
    digits.push({ step, span: most - least })
    return step > 0n
  }

  if (![...rest.keys()].every((wire) => domains.has(wire))) return false
  for (const { wires, exact } of groups) {
    const members = wires.filter((wire) => rest.has(wire))
    if (members.length < 2) continue
    const contributions = members.map((wire) => rest.get(wire) ?? 0n)
    for (const wire of members) rest.delete(wire)
    // None of the members is 1 when the 1 stands elsewhere: on a member without a term or one that is determined already.
    if (!exact || members.length < wires.length) contributions.push(0n)
    if (!add(contributions)) return false
  }
  for (const { wires } of chains) {
    const members = wires.filter((wire) => rest.has(wire))
    if (members.length < 2) continue
    const contributions = [0n]
    for (const wire of members) {
      contributions.push((contributions.at(-1) ?? 0n) + signed(rest.get(wire) ?? 0n))
      rest.delete(wire)
    }
    if (!add(contributions)) return false
  }
  for (const [wire, coefficient] of rest) {
    const values = domains.get(wire) ?? []
    if (values.length > 1 && !add(values.map((value) => coefficient * signed(value)))) return false
  }

  digits.sort((left, right) => (left.step < right.step ? -1 : left.step > right.step ? 1 : 0))
  let below = 0n
  for (const { step, span } of digits) {
    if (step <= below) return false
    below += span
  }
  return below < scalarOrder
}

/** The representative of a value modulo r nearest to zero. */
function signed(value: bigint): bigint {
  const rest = ((value % scalarOrder) + scalarOrder) % scalarOrder
  return rest > scalarOrder / 2n ? rest - scalarOrder : rest
}
