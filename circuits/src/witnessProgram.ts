import { elementBytes, encodeBinFile, putElement, viewOf } from './binFile.ts'
import { type ExactGraph, inputOf } from './exactGraph.ts'
import { mod } from './field.ts'
import { fillWitness, type WitnessTape } from './fillWitness.ts'
import { checkGraph, graphSignals } from './intervals.ts'
import { valuesPerWord } from './packing.ts'
import { fullRounds, poseidonConstants } from './poseidonConstants.ts'
import { poseidonWitness } from './primitives/poseidon.ts'
import { sparseRounds } from './primitives/poseidonSparse.ts'
import { forEachRun, windowStart } from './primitives/window.ts'
import type { TakenWires, Value } from './tape.ts'
import type { WitnessInput } from './witness.ts'

/*
 * A witness as a program for the native prover, which computes the wires of a compiled graph from its inputs. It is what the tape of a
 * witness was told, written down: each call is an instruction, each value a register. circuits/native/src/program.rs reads it.
 *
 * The file is a container as of `.zkey`, magic "wtnp", version 1, with three sections:
 *
 *   1  u32 wires, public signals and inputs; i32 least and greatest input
 *   2  the instructions: integers, seven bits a byte with their lowest first, two's complement, the highest bit says that more follow
 *   3  for each Poseidon used: u32 inputs + 1, u32 partial rounds, and its constants, 32 bytes each
 *
 * Registers are numbered as instructions give them, from the inputs on; words, which are field elements, likewise, the binding
 * first. Wires are taken in the instructions' order, behind wire 0 and those of the signals.
 */

/** The instructions; in brackets what follows a number of such things. */
const opcodes = {
  /** count [integer]; gives a table */
  table: 0,
  /** integer; gives a register, as do the next four */
  constant: 1,
  /** offset, count [factor, register] */
  sum: 2,
  /** register, register */
  product: 3,
  /** register, from, count */
  digits: 4,
  /** table, register */
  entry: 5,
  /** weights' table, biases' table, weights in a row, reads in a run, count [first read of a run], count [register], count [start, row]; a register for each start */
  weightedSums: 6,
  /** register; takes a wire */
  take: 7,
  /** register, count; takes as many wires */
  takeBits: 8,
  /** register; takes two wires and gives a register for the second */
  takeIsZero: 9,
  /** register, count; takes as many wires and gives a register for each, as does the next one */
  takeOneHot: 10,
  takeDescending: 11,
  /** lo, bits, count [register]; gives words */
  pack: 12,
  /** whether the hash is a signal (1 or 0), count [word]; takes wires and gives a word */
  takeHash: 13,
  /** word; takes a wire */
  takeSquare: 14,
  /** count [word], once */
  setSignals: 15,
} as const

type IntegerWriter = { write: (...values: number[]) => void; bytes: () => Uint8Array }

/**
 * The program by which the native prover makes the witnesses that `computeWitness` makes.
 * @throws GraphInvalidError
 */
export function witnessProgram(graph: ExactGraph): Uint8Array {
  const intervals = checkGraph(graph)
  const layout = graphSignals(graph, intervals)
  const { count, lo, hi } = inputOf(graph)
  const signalCount = layout.output.words + 2
  const code = createIntegerWriter()
  const { tape, wireCount, hashes } = programTape(code, { registers: count, wires: 1 + signalCount })
  fillWitness(tape, { graph, intervals, layout, input: Array.from({ length: count }, (_, index) => index), binding: 0 })

  const header = new Uint8Array(20)
  for (const [at, value] of [wireCount(), signalCount, count, lo, hi].entries()) {
    viewOf(header).setInt32(4 * at, value, true)
  }
  return encodeBinFile('wtnp', 1, [
    { id: 1, bytes: header },
    { id: 2, bytes: code.bytes() },
    { id: 3, bytes: Buffer.concat(hashes().map((inputs) => encodeHash(inputs + 1))) },
  ])
}

/** An input as the native prover takes it beside a program: the binding modulo r, and each element in four bytes, little-endian. */
export function encodeProgramInput({ input, binding }: WitnessInput): Uint8Array {
  const bytes = new Uint8Array(elementBytes + 4 * input.length)
  const view = viewOf(bytes)
  putElement(view, 0, mod(binding))
  for (const [index, value] of input.entries()) view.setInt32(elementBytes + 4 * index, value, true)
  return bytes
}

/** A tape that writes down what it is told; the binding is word 0. */
function programTape(code: IntegerWriter, first: { registers: number; wires: number }) {
  let { registers, wires } = first
  let words = 1
  let tables = 0
  const constants = new Map<number, Value>()
  const tableOf = new Map<ArrayLike<number>, number>()
  const wiresOfHash = new Map<number, number>()

  /** Writes an instruction that gives a register. */
  const give = (...instruction: number[]): Value => {
    code.write(...instruction)
    return registers++
  }
  /** Takes wires of which `given` have registers. */
  const take = (count: number, given = 0): TakenWires => {
    const taken = { first: wires, values: Array.from({ length: given }, (_, index) => registers + index) }
    wires += count
    registers += given
    return taken
  }
  const table = (values: ArrayLike<number>): number => {
    const known = tableOf.get(values)
    if (known !== undefined) return known
    code.write(opcodes.table, values.length)
    for (let index = 0; index < values.length; index++) code.write(values[index] ?? 0)
    tableOf.set(values, tables)
    return tables++
  }

  const tape: WitnessTape<number> = {
    constant(value) {
      const register = constants.get(value) ?? give(opcodes.constant, value)
      constants.set(value, register)
      return register
    },
    sum(terms, offset) {
      const [only] = terms
      if (offset === 0 && only?.[0] === 1 && terms.length === 1) return only[1].value
      code.write(opcodes.sum, offset, terms.length)
      for (const [factor, { value }] of terms) code.write(factor, value)
      return registers++
    },
    product: (left, right) => give(opcodes.product, left, right),
    digits: (value, { from, count }) => give(opcodes.digits, value, from, count),
    entry: (entries, at) => give(opcodes.entry, table(entries), at),
    weightedSums(operand, { window, weight, bias, count }) {
      const [weights, biases] = [table(weight), table(bias)]
      const runs: number[] = []
      forEachRun(window, 0, (read) => runs.push(read - windowStart(window, 0)))
      code.write(opcodes.weightedSums, weights, biases, window.rowStride, window.run, runs.length)
      for (const run of runs) code.write(run)
      code.write(operand.length)
      for (const { value } of operand) code.write(value)
      code.write(count)
      for (let element = 0; element < count; element++) code.write(windowStart(window, element), element % window.d2)
      const start = registers
      registers += count
      return (element) => start + element
    },
    take(value) {
      code.write(opcodes.take, value)
      return take(1).first
    },
    takeBits(value, count) {
      code.write(opcodes.takeBits, value, count)
      return take(count).first
    },
    takeIsZero(value) {
      code.write(opcodes.takeIsZero, value)
      return take(2, 1)
    },
    takeOneHot(position, count) {
      code.write(opcodes.takeOneHot, position, count)
      return take(count, count)
    },
    takeDescending(ones, count) {
      code.write(opcodes.takeDescending, ones, count)
      return take(count, count)
    },
    pack(values, { lo, bits }) {
      code.write(opcodes.pack, lo, bits, values.length)
      for (const value of values) code.write(value)
      const start = words
      words += Math.ceil(values.length / valuesPerWord(bits))
      return Array.from({ length: words - start }, (_, index) => start + index)
    },
    takeHash(inputs, isSignal) {
      code.write(opcodes.takeHash, isSignal ? 1 : 0, inputs.length, ...inputs)
      const inner = wiresOfHash.get(inputs.length) ?? poseidonWitness(inputs.map(() => 0n)).wires.length
      wiresOfHash.set(inputs.length, inner)
      wires += inner + (isSignal ? 0 : 1)
      return words++
    },
    takeSquare(word) {
      code.write(opcodes.takeSquare, word)
      wires += 1
    },
    setSignals: (signals) => code.write(opcodes.setSignals, signals.length, ...signals),
  }
  return { tape, wireCount: () => wires, hashes: () => [...wiresOfHash.keys()] }
}

/** Constants of one Poseidon, in the order of its rounds. */
function encodeHash(size: number): Uint8Array {
  const { partialRounds, roundConstants, matrix } = poseidonConstants(size)
  const sparse = sparseRounds(size)
  const none = matrix.map(() => 0n)
  // Before the first round, and behind each full one.
  const full = [
    ...Array(fullRounds / 2 + 1).keys(),
    ...Array.from({ length: fullRounds / 2 }, (_, at) => at + fullRounds / 2 + partialRounds + 1),
  ]
  const constants = [
    full.map((round) => roundConstants[round] ?? none),
    ...[matrix, sparse.corner, sparse.rows, sparse.columns, sparse.first, sparse.closing, sparse.closingConstants],
  ].flat(3)
  const bytes = new Uint8Array(8 + elementBytes * constants.length)
  const view = viewOf(bytes)
  view.setUint32(0, size, true)
  view.setUint32(4, partialRounds, true)
  for (const [index, value] of constants.entries()) putElement(view, 8 + elementBytes * index, value)
  return bytes
}

function createIntegerWriter(): IntegerWriter {
  let bytes = new Uint8Array(4096)
  let at = 0
  const writeOne = (value: number) => {
    if (at + 10 > bytes.length) {
      const larger = new Uint8Array(2 * bytes.length)
      larger.set(bytes)
      bytes = larger
    }
    // Division and rounding down shift integers of more than 32 bits too.
    for (let rest = value; ; ) {
      const low = rest - 128 * Math.floor(rest / 128)
      rest = Math.floor(rest / 128)
      const isLast = (rest === 0 && low < 64) || (rest === -1 && low >= 64)
      bytes[at++] = isLast ? low : low + 128
      if (isLast) return
    }
  }
  return {
    write: (...values) => {
      for (const value of values) writeOne(value)
    },
    bytes: () => bytes.subarray(0, at),
  }
}
