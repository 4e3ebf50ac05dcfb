import { inverse, mod } from './field.ts'

/** A linear equation between open wires: the sum of its wires times their coefficients, in [1, r), is determined. */
export type LinearRow = Map<number, bigint>

/** Most open wires of a block of rows that is solved; blocks of a hash have at most 17. */
const maxBlock = 256

/**
 * Wires that a set of linear equations leaves one value: the rows are split into blocks that share wires, each block is brought
 * into reduced row echelon form, and a row with a single wire left determines it.
 */
export function eliminate(rows: readonly LinearRow[]): number[] {
  return blocks(rows.filter((row) => row.size > 0)).flatMap((block) => solveBlock(block))
}

function blocks(rows: readonly LinearRow[]): LinearRow[][] {
  const parent = rows.map((_, index) => index)
  const root = (index: number): number => {
    let at = index
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] ?? at] ?? at
      at = parent[at] ?? at
    }
    return at
  }
  const firstRow = new Map<number, number>()
  for (const [index, row] of rows.entries()) {
    for (const wire of row.keys()) {
      const first = firstRow.get(wire)
      if (first === undefined) firstRow.set(wire, index)
      else parent[root(index)] = root(first)
    }
  }
  const found = new Map<number, LinearRow[]>()
  for (const [index, row] of rows.entries()) {
    const block = found.get(root(index))
    if (block) block.push(row)
    else found.set(root(index), [row])
  }
  return [...found.values()]
}

function solveBlock(block: LinearRow[]): number[] {
  const wires = new Set(block.flatMap((row) => [...row.keys()]))
  if (wires.size > maxBlock) return []
  const reduced: { pivot: number; row: LinearRow }[] = []
  for (const original of block) {
    const row: LinearRow = new Map(original)
    for (const { pivot, row: above } of reduced) subtract(row, above, pivot)
    const [pivot] = row.keys()
    if (pivot === undefined) continue
    const scale = inverse(row.get(pivot) ?? 0n)
    for (const [wire, value] of row) row.set(wire, mod(value * scale))
    for (const other of reduced) subtract(other.row, row, pivot)
    reduced.push({ pivot, row })
  }
  return reduced.filter(({ row }) => row.size === 1).map(({ pivot }) => pivot)
}

/** Takes so much of `above`, whose pivot has coefficient one, that the pivot vanishes from the row. */
function subtract(row: LinearRow, above: LinearRow, pivot: number): void {
  const factor = row.get(pivot)
  if (factor === undefined) return
  for (const [wire, value] of above) {
    const rest = mod((row.get(wire) ?? 0n) - factor * value)
    if (rest === 0n) row.delete(wire)
    else row.set(wire, rest)
  }
}
