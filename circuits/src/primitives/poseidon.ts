import { type CircuitBuilder, combine, constant, one, wire } from '../circuitBuilder.ts'
import { inverse, mod, scalarOrder } from '../field.ts'
import { fullRounds, poseidonConstants } from '../poseidonConstants.ts'
import type { LinearCombination } from '../r1cs.ts'
import { dot, invertMatrix, multiply, sparseRounds } from './poseidonSparse.ts'

/*
 * Poseidon over BN254's scalar field with x^5 (https://eprint.iacr.org/2019/458): state (0, inputs), output the first element.
 * Each round adds constants c, raises elements to the fifth power (all of them, or the first in a partial round) and
 * multiplies the state by the matrix M:
 *
 *   (1) x = s + c                       the S-box's input
 *   (2) x · x = x2    (3) x2 · x2 = x4  (4) x4 · x = y
 *   (5) s' = M · y                      y being s + c where no S-box stands
 *
 * Every x stands as a wire of its own, so that each B row is one wire. To spend no row on (1) and (5), y in row (4) is
 * written as the linear combination of the next round's x that (5) makes it equal to: after a full round before a full one
 * y = M⁻¹ · (x' - c'), and elsewhere the first row of (5) is solved for the first y. C rows may be dense; they cost nothing.
 * M and its corner M[0][0] are invertible, so y is determined by x' and x' by y, and every wire is determined by the inputs.
 * Partial rounds go by sparse matrices (poseidonSparse.ts), in integers and in rows: the same function with fewer products.
 */

/** Poseidon of 1 to 16 field elements; equal to circomlib's and to {@link emitPoseidon}'s output. */
export function poseidon(inputs: readonly bigint[]): bigint {
  return poseidonWitness(inputs).output
}

/** Full rounds before the partial ones, and as many after them. */
const halfRounds = fullRounds / 2

/**
 * The private wires' values of {@link emitPoseidon}, in the order it takes them, and the hash.
 * @param inputs 1 to 16 field elements
 */
export function poseidonWitness(inputs: readonly bigint[]): { wires: bigint[]; output: bigint } {
  const size = inputs.length + 1
  const { partialRounds, roundConstants, matrix } = poseidonConstants(size)
  const sparse = sparseRounds(size)
  const wires: bigint[] = []
  const raise = (x: bigint): bigint => {
    const x2 = (x * x) % scalarOrder
    const x4 = (x2 * x2) % scalarOrder
    wires.push(x2, x4)
    return (x4 * x) % scalarOrder
  }
  const append = (values: readonly bigint[]) => {
    for (const value of values) wires.push(value)
  }
  /** (1) to (5) of the full rounds `from` ≤ round < to; before the last one's mixing `beforeMixing` sees its y. */
  const full = (start: bigint[], { from, to, beforeMixing }: FullRounds): bigint[] => {
    let state = start
    for (let round = from; round < to; round++) {
      const powered = state.map((x, element) => (round === 0 && element === 0 ? fifthPower(x) : raise(x)))
      if (round === to - 1) beforeMixing(powered)
      state = addConstants(multiply(matrix, powered), roundConstants[round + 1] ?? [])
      if (round < to - 1) append(state)
    }
    return state
  }

  const start = addConstants([0n, ...inputs], roundConstants[0] ?? [])
  append(start.slice(1))
  const [first = 0n, ...others] = full(start, {
    ...{ from: 0, to: halfRounds },
    beforeMixing: (powered) => append(powered.slice(1)),
  })

  let x = first
  wires.push(x)
  for (let round = 0; round < partialRounds; round++) {
    const y = raise(x)
    x = mod(sparse.corner * y + dot(sparse.rows[round] ?? [], others) + (sparse.first[round] ?? 0n))
    const column = sparse.columns[round] ?? []
    for (let index = 0; index < others.length; index++) {
      others[index] = ((others[index] ?? 0n) + (column[index] ?? 0n) * y) % scalarOrder
    }
    if (round < partialRounds - 1) wires.push(x)
  }
  const closed = [x, ...addConstants(multiply(sparse.closing, others), sparse.closingConstants)]
  append(closed)
  const [output = 0n] = full(closed, {
    ...{ from: halfRounds + partialRounds, to: fullRounds + partialRounds },
    beforeMixing: (powered) => append(powered.slice(1)),
  })
  return { wires, output }
}

type FullRounds = { from: number; to: number; beforeMixing: (powered: bigint[]) => void }

/**
 * Constrains wire `output` to be the Poseidon hash of the inputs. Takes about 3 · (8 · size + partial rounds) rows.
 * The inputs' ranges are whoever made them's business: any field elements are accepted.
 * @param inputs 1 to 16 linear combinations
 */
export function emitPoseidon(
  builder: CircuitBuilder,
  { inputs, output }: { inputs: LinearCombination[]; output: number },
): void {
  const size = inputs.length + 1
  const { partialRounds, roundConstants, matrix } = poseidonConstants(size)
  const constantStart = roundConstants[0]?.[0] ?? 0n

  const firstWire = builder.takeWires(inputs.length)
  for (const [index, input] of inputs.entries()) {
    const sum = combine([
      [1n, input],
      [roundConstants[0]?.[index + 1] ?? 0n, one],
    ])
    builder.constrain(wire(firstWire + index), one, sum) // (1)
  }
  // The S-box inputs' wires of this round; the first element's is a constant in the first round.
  const start = [undefined, ...inputs.map((_, index) => firstWire + index)]
  const lastBefore = emitFullRounds(builder, { start, from: 0, to: halfRounds })

  // The elements after the first, of the full round before the partial ones, get wires; the first follows from the next x.
  const powered = emitPowers(builder, { rows: lastBefore, constantStart })
  const closed = emitPartialRounds(builder, { size, powered, rows: lastBefore })

  const lastAfter = emitFullRounds(builder, {
    ...{ start: closed, from: halfRounds + partialRounds, to: fullRounds + partialRounds },
  })
  const lastPowered = emitPowers(builder, { rows: lastAfter, constantStart })
  const [top = []] = matrix
  const corner = inverse(top[0] ?? 0n)
  const solved = combine([
    [corner, wire(output)],
    ...lastPowered.map((index, element) => [-corner * (top[element + 1] ?? 0n), wire(index)] as const),
  ]) // (5), first row, solved for the first y
  emitFifth(builder, { row: lastAfter[0], y: solved, constantStart })
}

/** Wires of x and x4 of one S-box; undefined for the constant element. */
type SboxRow = { x: number; x4: number } | undefined

/** (2) and (3) for each element of a round. */
function emitSquares(builder: CircuitBuilder, state: readonly (number | undefined)[]): SboxRow[] {
  return state.map((x) => {
    if (x === undefined) return undefined
    const first = builder.takeWires(2)
    builder.constrain(wire(x), wire(x), wire(first)) // (2)
    builder.constrain(wire(first), wire(first), wire(first + 1)) // (3)
    return { x, x4: first + 1 }
  })
}

/** (4): y is the fifth power of the row's x. */
function emitFifth(
  builder: CircuitBuilder,
  { row, y, constantStart }: { row: SboxRow; y: LinearCombination; constantStart: bigint },
): void {
  if (row)
    builder.constrain(wire(row.x4), wire(row.x), y) // (4)
  else builder.constrain(y, one, constant(fifthPower(constantStart))) // (4) of the constant element
}

/** (4) for all elements but the first, each on a wire of its own. @returns their wires */
function emitPowers(
  builder: CircuitBuilder,
  { rows, constantStart }: { rows: SboxRow[]; constantStart: bigint },
): number[] {
  const first = builder.takeWires(rows.length - 1)
  for (const [index, row] of rows.slice(1).entries()) emitFifth(builder, { row, y: wire(first + index), constantStart })
  return rows.slice(1).map((_, index) => first + index)
}

/** Full rounds before full rounds, by y = M⁻¹ · (x' - c'); of the last one only (2) and (3). */
function emitFullRounds(
  builder: CircuitBuilder,
  { start, from, to }: { start: (number | undefined)[]; from: number; to: number },
): SboxRow[] {
  const size = start.length
  const { roundConstants, matrix } = poseidonConstants(size)
  const matrixInverse = invertMatrix(matrix)
  const constantStart = roundConstants[0]?.[0] ?? 0n
  let state = start
  for (let round = from; round < to - 1; round++) {
    const rows = emitSquares(builder, state)
    const first = builder.takeWires(size)
    const constants = roundConstants[round + 1] ?? []
    for (const [element, row] of rows.entries()) {
      const factors = matrixInverse[element] ?? []
      const y = combine([
        ...factors.map((factor, column) => [factor, wire(first + column)] as const),
        [-dot(factors, constants), one],
      ]) // (5) as y = M⁻¹ · (x' - c')
      emitFifth(builder, { row, y, constantStart })
    }
    state = Array.from({ length: size }, (_, index) => first + index)
  }
  return emitSquares(builder, state)
}

/**
 * The partial rounds, and the first element's rows of the full round before them. The elements after the first are carried on as
 * combinations of the wires in `basis`: one, the powered elements, and the x of each round, in dense coefficients.
 * @returns the wires of the state after the last partial round
 */
function emitPartialRounds(
  builder: CircuitBuilder,
  { size, powered, rows }: { size: number; powered: number[]; rows: SboxRow[] },
): number[] {
  const { partialRounds, roundConstants, matrix } = poseidonConstants(size)
  const { corner, rows: sparseRows, columns, first, closing, closingConstants } = sparseRounds(size)
  const constants = roundConstants[halfRounds] ?? []
  const constantStart = roundConstants[0]?.[0] ?? 0n
  const [top = []] = matrix
  const overCorner = inverse(corner)
  const basis = [0, ...powered]
  const toCombination = (dense: readonly bigint[]) => {
    const kept = dense.flatMap((coefficient, index) => (coefficient === 0n ? [] : [index]))
    return { wires: kept.map((index) => basis[index] ?? 0), coefficients: kept.map((index) => dense[index] ?? 0n) }
  }
  /** y from x' = corner · y + rest + fixed, for a new wire x' at the end of the basis. */
  const solve = (x: number, { rest, fixed }: { rest: bigint[]; fixed: bigint }): bigint[] => {
    const y = rest.map((coefficient, index) => mod(-overCorner * (coefficient + (index === 0 ? fixed : 0n))))
    basis.push(x)
    return [...y, overCorner]
  }

  let x = builder.takeWires(1)
  let y = solve(x, { rest: [0n, ...top.slice(1)], fixed: constants[0] ?? 0n }) // (5), first row
  emitFifth(builder, { row: rows[0], y: toCombination(y), constantStart })
  let others = matrix.slice(1).map(([factor = 0n, ...line], index) => {
    const mixed = [constants[index + 1] ?? 0n, ...line, 0n]
    return y.map((coefficient, term) => (factor * coefficient + (mixed[term] ?? 0n)) % scalarOrder)
  }) // (5), the other rows, with (1)

  for (let round = 0; round < partialRounds; round++) {
    const [row] = emitSquares(builder, [x])
    const weights = sparseRows[round] ?? []
    const rest = y.map((_, term) =>
      others.reduce((sum, other, index) => sum + (weights[index] ?? 0n) * (other[term] ?? 0n), 0n),
    )
    x = builder.takeWires(1)
    y = solve(x, { rest, fixed: first[round] ?? 0n })
    emitFifth(builder, { row, y: toCombination(y), constantStart })
    const column = columns[round] ?? []
    others = others.map((other, index) =>
      y.map((coefficient, term) => ((column[index] ?? 0n) * coefficient + (other[term] ?? 0n)) % scalarOrder),
    )
  }

  const firstOther = builder.takeWires(size - 1)
  for (const [index, line] of closing.entries()) {
    const dense = y.map((_, term) => {
      const fixed = term === 0 ? (closingConstants[index] ?? 0n) : 0n
      return mod(others.reduce((sum, other, column) => sum + (line[column] ?? 0n) * (other[term] ?? 0n), fixed))
    })
    builder.constrain(wire(firstOther + index), one, toCombination(dense)) // (1)
  }
  return [x, ...closing.map((_, index) => firstOther + index)]
}

function addConstants(state: readonly bigint[], constants: readonly bigint[]): bigint[] {
  return state.map((element, index) => (element + (constants[index] ?? 0n)) % scalarOrder)
}

function fifthPower(x: bigint): bigint {
  const x2 = (x * x) % scalarOrder
  return (((x2 * x2) % scalarOrder) * x) % scalarOrder
}
