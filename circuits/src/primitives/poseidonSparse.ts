import { inverse, mod, scalarOrder } from '../field.ts'
import { fullRounds, poseidonConstants } from '../poseidonConstants.ts'

/**
 * The partial rounds of Poseidon with sparse matrices (https://eprint.iacr.org/2019/458, appendix B). Only the first element x of
 * the state passes an S-box there; the others are kept as z with `others = constants + M̂^p · z` after p rounds, M̂ being M without
 * its first row and column. With y = x^5, round p is then
 *
 *   (1) x' = corner · y + Σ_i rows[p]_i · z_i + first[p]
 *   (2) z_i' = z_i + columns[p]_i · y
 *
 * and after the last one others_i = Σ_j closing[i]_j · z_j + closingConstants_i. A round takes 2t products instead of t².
 */
export type SparseRounds = {
  corner: bigint
  rows: bigint[][]
  columns: bigint[][]
  first: bigint[]
  closing: bigint[][]
  closingConstants: bigint[]
}

const cache = new Map<number, SparseRounds>()

/** The sparse partial rounds for a state of `size` elements; made once for each size. */
export function sparseRounds(size: number): SparseRounds {
  const cached = cache.get(size)
  if (cached) return cached
  const { partialRounds, roundConstants, matrix } = poseidonConstants(size)
  const [top = []] = matrix
  const inner = matrix.slice(1).map((row) => row.slice(1))
  const innerInverse = invertMatrix(inner)
  const innerColumns = transpose(inner)
  let row = top.slice(1)
  let column = matrix.slice(1).map(([factor = 0n]) => factor)
  let constants = column.map(() => 0n)
  const made = { rows: [] as bigint[][], columns: [] as bigint[][], first: [] as bigint[] }
  for (let round = 0; round < partialRounds; round++) {
    const [firstConstant = 0n, ...others] = roundConstants[fullRounds / 2 + round + 1] ?? []
    column = multiply(innerInverse, column)
    made.rows.push(row)
    made.columns.push(column)
    made.first.push(mod(firstConstant + dot(top.slice(1), constants)))
    constants = multiply(inner, constants).map((value, index) => (value + (others[index] ?? 0n)) % scalarOrder)
    row = multiply(innerColumns, row)
  }
  const sparse = {
    ...made,
    corner: top[0] ?? 0n,
    closing: matrixPower(inner, partialRounds),
    closingConstants: constants,
  }
  cache.set(size, sparse)
  return sparse
}

/** Σ left_i · right_i in the scalar field. */
export function dot(left: readonly bigint[], right: readonly bigint[]): bigint {
  let sum = 0n
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? 0n) * (right[index] ?? 0n)
  return sum % scalarOrder
}

/** A matrix times a vector. */
export function multiply(matrix: readonly (readonly bigint[])[], vector: readonly bigint[]): bigint[] {
  return matrix.map((row) => dot(row, vector))
}

function transpose(matrix: readonly (readonly bigint[])[]): bigint[][] {
  return matrix.map((_, column) => matrix.map((row) => row[column] ?? 0n))
}

function matrixPower(matrix: bigint[][], exponent: number): bigint[][] {
  let result: bigint[][] = matrix.map((_, row) => matrix.map((_, column) => (row === column ? 1n : 0n)))
  let square = matrix
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    const columns = transpose(square)
    if (rest % 2 === 1) result = result.map((row) => multiply(columns, row))
    square = square.map((row) => multiply(columns, row))
  }
  return result
}

/** Inverse of a square matrix over the scalar field by Gauss-Jordan elimination; the matrix must have one. */
export function invertMatrix(matrix: readonly (readonly bigint[])[]): bigint[][] {
  const size = matrix.length
  const rows = matrix.map((row, index) => [
    ...row,
    ...Array.from({ length: size }, (_, column) => (column === index ? 1n : 0n)),
  ])
  for (let pivot = 0; pivot < size; pivot++) {
    const candidate = rows.findIndex((row, index) => index >= pivot && (row[pivot] ?? 0n) !== 0n)
    const [pivotRow, replaced] = [rows[candidate] ?? [], rows[pivot] ?? []]
    rows[candidate] = replaced
    const scale = inverse(pivotRow[pivot] ?? 0n)
    const scaled = pivotRow.map((value) => (value * scale) % scalarOrder)
    for (let index = 0; index < size; index++) {
      const row = rows[index] ?? []
      const factor = row[pivot] ?? 0n
      rows[index] = index === pivot ? scaled : row.map((value, column) => mod(value - factor * (scaled[column] ?? 0n)))
    }
    rows[pivot] = scaled
  }
  return rows.map((row) => row.slice(size))
}
