import { type CircuitBuilder, combine, constant, one, wire } from '../circuitBuilder.ts'
import { inverse, mod, scalarOrder } from '../field.ts'
import { fullRounds, poseidonConstants } from '../poseidonConstants.ts'
import type { LinearCombination } from '../r1cs.ts'

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
 */

/** Poseidon of 1 to 16 field elements; equal to circomlib's and to {@link emitPoseidon}'s output. */
export function poseidon(inputs: readonly bigint[]): bigint {
  return poseidonWitness(inputs).output
}

/**
 * The private wires' values of {@link emitPoseidon}, in the order it takes them, and the hash.
 * @param inputs 1 to 16 field elements
 */
export function poseidonWitness(inputs: readonly bigint[]): { wires: bigint[]; output: bigint } {
  const size = inputs.length + 1
  const { roundConstants, matrix } = poseidonConstants(size)
  const kinds = roundKinds(size)
  const wires: bigint[] = []
  let state = addConstants([0n, ...inputs], roundConstants[0] ?? [])
  wires.push(...state.slice(1))
  for (const [round, kind] of kinds.entries()) {
    const powered = [...state]
    for (const element of sboxElements({ size, round, kind })) {
      const x = state[element] ?? 0n
      const x2 = (x * x) % scalarOrder
      const x4 = (x2 * x2) % scalarOrder
      wires.push(x2, x4)
      powered[element] = (x4 * x) % scalarOrder
    }
    if (round === 0) powered[0] = fifthPower(state[0] ?? 0n)
    const mixed = matrix.map((row) =>
      mod(row.reduce((sum, factor, column) => sum + factor * (powered[column] ?? 0n), 0n)),
    )
    const next = roundConstants[round + 1]
    if (!next) {
      wires.push(...powered.slice(1))
      return { wires, output: mixed[0] ?? 0n }
    }
    state = addConstants(mixed, next)
    const nextKind = kinds[round + 1]
    if (kind === 'full' && nextKind === 'partial') wires.push(...powered.slice(1))
    wires.push(...(nextKind === 'full' ? state : state.slice(0, 1)))
  }
  throw new RangeError('Poseidon has no rounds.')
}

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
  const { roundConstants, matrix } = poseidonConstants(size)
  const matrixInverse = invertMatrix(matrix)
  const kinds = roundKinds(size)

  const firstWire = builder.takeWires(inputs.length)
  // The S-box inputs of this round; the first element's is a constant in the first round.
  let state: LinearCombination[] = [constant(roundConstants[0]?.[0] ?? 0n)]
  for (const [index, input] of inputs.entries()) {
    const x = wire(firstWire + index)
    builder.constrain(
      x,
      one,
      combine([
        [1n, input],
        [roundConstants[0]?.[index + 1] ?? 0n, one],
      ]),
    ) // (1)
    state.push(x)
  }

  for (const [round, kind] of kinds.entries()) {
    const fourth = new Map<number, LinearCombination>()
    for (const element of sboxElements({ size, round, kind })) {
      const x = at(state, element)
      const first = builder.takeWires(2)
      builder.constrain(x, x, wire(first)) // (2)
      builder.constrain(wire(first), wire(first), wire(first + 1)) // (3)
      fourth.set(element, wire(first + 1))
    }
    const raise = (element: number, y: LinearCombination) => {
      const x4 = fourth.get(element)
      if (x4)
        builder.constrain(x4, at(state, element), y) // (4)
      else builder.constrain(y, one, constant(fifthPower(roundConstants[0]?.[0] ?? 0n))) // (4) of the constant element
    }
    const nextConstants = roundConstants[round + 1]
    const nextKind = kinds[round + 1]

    if (kind === 'full' && nextKind === 'full') {
      const first = builder.takeWires(size)
      const next = Array.from({ length: size }, (_, index) => wire(first + index))
      for (let element = 0; element < size; element++) {
        const row = at(matrixInverse, element)
        const terms = next.map((x, column) => [row[column] ?? 0n, x] as const)
        const shift = row.reduce((sum, factor, column) => sum - factor * (nextConstants?.[column] ?? 0n), 0n)
        raise(element, combine([...terms, [shift, one]])) // (5) as y = M⁻¹ · (x' - c')
      }
      state = next
      continue
    }

    // The elements after the first: wires of their own after a full round, carried on as combinations after a partial one.
    const powered: LinearCombination[] = [constant(0n)]
    const firstPowered = kind === 'full' ? builder.takeWires(size - 1) : 0
    for (let element = 1; element < size; element++) {
      const y = kind === 'full' ? wire(firstPowered + element - 1) : at(state, element)
      if (kind === 'full') raise(element, y)
      powered.push(y)
    }
    const nextFirst = nextConstants ? wire(builder.takeWires(1)) : wire(output)
    const corner = inverse(matrix[0]?.[0] ?? 0n)
    const firstY = combine([
      [corner, nextFirst],
      [-corner * (nextConstants?.[0] ?? 0n), one],
      ...powered.slice(1).map((y, index) => [-corner * (matrix[0]?.[index + 1] ?? 0n), y] as const),
    ]) // (5), first row, solved for the first y
    raise(0, firstY)
    if (!nextConstants) return
    powered[0] = firstY
    state = [nextFirst]
    const firstNext = nextKind === 'full' ? builder.takeWires(size - 1) : 0
    for (let element = 1; element < size; element++) {
      const row = at(matrix, element)
      const mixed = combine([
        ...powered.map((y, column) => [row[column] ?? 0n, y] as const),
        [nextConstants[element] ?? 0n, one],
      ]) // (5)
      if (nextKind === 'full') builder.constrain(wire(firstNext + element - 1), one, mixed) // (1)
      state.push(nextKind === 'full' ? wire(firstNext + element - 1) : mixed)
    }
  }
}

type RoundKind = 'full' | 'partial'

function roundKinds(size: number): RoundKind[] {
  const { partialRounds } = poseidonConstants(size)
  const half = fullRounds / 2
  return Array.from({ length: fullRounds + partialRounds }, (_, round) =>
    round < half || round >= half + partialRounds ? 'full' : 'partial',
  )
}

/** Elements with an S-box of wires in a round; the first element of the first round is a constant. */
function sboxElements({ size, round, kind }: { size: number; round: number; kind: RoundKind }): number[] {
  if (kind === 'partial') return [0]
  return Array.from({ length: round === 0 ? size - 1 : size }, (_, index) => (round === 0 ? index + 1 : index))
}

function addConstants(state: readonly bigint[], constants: readonly bigint[]): bigint[] {
  return state.map((element, index) => (element + (constants[index] ?? 0n)) % scalarOrder)
}

function fifthPower(x: bigint): bigint {
  const x2 = (x * x) % scalarOrder
  return (((x2 * x2) % scalarOrder) * x) % scalarOrder
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new RangeError(`Index ${index} is outside a list of ${list.length}.`)
  return item
}

/** Inverse of a square matrix over the scalar field by Gauss-Jordan elimination. */
function invertMatrix(matrix: readonly (readonly bigint[])[]): bigint[][] {
  const size = matrix.length
  const rows = matrix.map((row, index) => [
    ...row,
    ...Array.from({ length: size }, (_, column) => (column === index ? 1n : 0n)),
  ])
  for (let pivot = 0; pivot < size; pivot++) {
    const candidate = rows.findIndex((row, index) => index >= pivot && (row[pivot] ?? 0n) !== 0n)
    const pivotRow = at(rows, candidate)
    rows[candidate] = at(rows, pivot)
    const scale = inverse(pivotRow[pivot] ?? 0n)
    const scaled = pivotRow.map((value) => (value * scale) % scalarOrder)
    for (let index = 0; index < size; index++) {
      const row = at(rows, index)
      const factor = row[pivot] ?? 0n
      rows[index] = index === pivot ? scaled : row.map((value, column) => mod(value - factor * (scaled[column] ?? 0n)))
    }
    rows[pivot] = scaled
  }
  return rows.map((row) => row.slice(size))
}
