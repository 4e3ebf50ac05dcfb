import type { FloatGraph, TreeBranch } from './floatGraph.ts'

/**
 * How real inputs become integers where each element has a scale of its own, in the ONNX model's element order:
 * real = (q + zero) · 2^-scale.
 */
export type InputGrid = { scales: number[]; zeros: number[] }

type Range = { lo: number; hi: number }
/** real = (q + zero) · 2^-scale */
type ColumnScale = { scale: number; zero: number }

/** An input whose elements have scales of their own: 0 … hi are the integers of each. */
export type ColumnGrid = { grid: InputGrid; bits: number }

/**
 * Most bits of a column unless told: next to nothing is lost in most tables. Where fewer hold every value of the calibration inputs
 * exactly, as of whole numbers, these are taken.
 */
const columnBits = 12
/** How far a table's greatest range exceeds the middle one before its columns get scales of their own. */
const unlike = 16
/** How far a threshold is from the greatest value of the table where it only stands for what is missing, and is never reached. */
const farthest = 2 ** 16
/** Part of a range by which inputs may pass what the calibration has, at each end. */
const margin = 1 / 8
/** Scales are those of a manifest. */
const scaleLimit = 31

/**
 * Scales for a table's columns: where decision trees read the input, and where the ranges of its columns differ by more than a common
 * scale can bear. A column's range holds the calibration inputs and, of trees that read it, every threshold in reach, so that what lies
 * outside it is decided as its end is. Scales are powers of two, and zeros whole steps, so that whole numbers stay whole.
 * Where none do, inputs may pass the range by an eighth.
 * @param columnScales true: whatever the ranges; false: never
 * @returns undefined where one scale serves all elements
 */
export function columnGrid(
  float: FloatGraph,
  {
    calibration,
    inputBits,
    columnScales,
  }: {
    calibration: readonly Float32Array[]
    inputBits?: number | undefined
    columnScales?: boolean | undefined
  },
): ColumnGrid | undefined {
  const { shape, type } = float.input
  const columns = shape.at(-1) ?? 1
  const isTable = type === 'float' && shape.every((length, axis) => axis === shape.length - 1 || length === 1)
  if (!isTable || columnScales === false) return undefined
  const ranges = Array.from({ length: columns }, (_, column) => rangeOf(calibration, column))
  const reach = ranges.reduce((most, { lo, hi }) => Math.max(most, -lo, hi), 0)
  const thresholds = thresholdsOf(float).filter(({ threshold }) => Math.abs(threshold) <= farthest * reach)
  if (!isReadByTrees(float) && columnScales !== true && !areUnlike(ranges)) return undefined
  for (const { column, threshold } of thresholds) {
    const range = ranges[column]
    if (!range) continue
    range.lo = Math.min(range.lo, threshold)
    range.hi = Math.max(range.hi, threshold)
  }
  const bits = inputBits ?? exactBits(calibration, ranges)
  const steps = 2 ** bits - 1
  const chosen = ranges.map((range, column) => {
    if (!isReadByTrees(float)) return columnScale(widened(range), steps)
    const own = thresholds.filter((threshold) => threshold.column === column)
    return alignZero(columnScale(range, steps), { range, steps, thresholds: own })
  })
  return { bits, grid: { scales: chosen.map(({ scale }) => scale), zeros: chosen.map(({ zero }) => zero) } }
}

/** A real input on a grid, the nearest integers, halves up. @param bounds of each integer */
export function onGrid(
  values: ArrayLike<number>,
  { scales, zeros, lo, hi }: InputGrid & { lo: number; hi: number },
): Int32Array {
  return Int32Array.from(values, (value, index) => {
    const steps = Math.floor(value * 2 ** (scales[index] ?? 0) + 0.5) - (zeros[index] ?? 0)
    return Math.min(Math.max(steps, lo), hi)
  })
}

function rangeOf(inputs: readonly Float32Array[], column: number): Range {
  let [lo, hi] = [Infinity, -Infinity]
  for (const values of inputs) {
    const value = values[column] ?? 0
    lo = Math.min(lo, value)
    hi = Math.max(hi, value)
  }
  return lo <= hi ? { lo, hi } : { lo: 0, hi: 0 }
}

/** What trees compare the input's columns with. */
type Threshold = { column: number; threshold: number; relation: TreeBranch['relation'] }

function isReadByTrees({ nodes, input }: FloatGraph): boolean {
  return nodes.some(({ op, inputs }) => op === 'treeEnsemble' && inputs[0] === input.name)
}

function thresholdsOf({ nodes, input }: FloatGraph): Threshold[] {
  return nodes.flatMap((node) => {
    if (node.op !== 'treeEnsemble' || node.inputs[0] !== input.name) return []
    const branches = node.trees.flatMap((tree) => tree.branches)
    return branches.map(({ feature, threshold, relation }) => ({ column: feature, threshold, relation }))
  })
}

/**
 * Moves a column's zero so that as many of the lowest bits as can be are ones in every integer that trees compare it with: bits below
 * the lowest zero of such a constant take no constraint. Thresholds half way between whole numbers leave but the whole numbers' bits.
 */
function alignZero(
  { scale, zero }: ColumnScale,
  { range, steps, thresholds }: { range: Range; steps: number; thresholds: Threshold[] },
): ColumnScale {
  const factor = 2 ** scale
  const compared = thresholds.flatMap(({ threshold, relation }) => {
    if (relation === 'equal') return []
    return relation === 'less' ? Math.ceil(threshold * factor) - 1 - zero : Math.floor(threshold * factor) - zero
  })
  const [first = 0] = compared
  const [least, most] = [Math.floor(range.lo * factor) - zero, Math.floor(range.hi * factor) - zero]
  for (let alike = Math.log2(steps + 1); compared.length > 0 && alike > 0; alike--) {
    const unit = 2 ** alike
    if (compared.some((one) => (one - first) % unit !== 0)) continue
    const up = unit - 1 - (((first % unit) + unit) % unit)
    const fits = [up, up - unit].find((by) => by === 0 || (least + by >= 0 && most + by <= steps))
    if (fits !== undefined) return { scale, zero: zero - fits }
  }
  return { scale, zero }
}

/** Whether the greatest magnitude of a column that varies is far above that of most. */
function areUnlike(ranges: Range[]): boolean {
  const reaches = ranges.filter(({ lo, hi }) => lo < hi).map(({ lo, hi }) => Math.max(Math.abs(lo), Math.abs(hi)))
  reaches.sort((a, b) => a - b)
  const middle = reaches[Math.floor(reaches.length / 2)] ?? 0
  return (reaches.at(-1) ?? 0) > unlike * middle
}

/** Bits that hold every value of every column at a scale of the column's own, at most {@link columnBits}. */
function exactBits(inputs: readonly Float32Array[], ranges: Range[]): number {
  let most = 1
  for (const [column, { lo, hi }] of ranges.entries()) {
    const isWhole = (scale: number) => inputs.every((values) => Number.isInteger((values[column] ?? 0) * 2 ** scale))
    const steps = (scale: number) => Math.ceil((hi - lo) * 2 ** scale) + 1
    let scale = -columnBits
    while (!isWhole(scale) && steps(scale) <= 2 ** columnBits) scale++
    most = Math.max(most, Math.ceil(Math.log2(steps(scale))))
  }
  return Math.min(most, columnBits)
}

function widened({ lo, hi }: Range): Range {
  const more = (hi - lo) * margin
  return { lo: lo >= 0 ? Math.max(0, lo - more) : lo - more, hi: hi <= 0 ? Math.min(0, hi + more) : hi + more }
}

/** The finest scale at which a range's ends lie on the grid 0 … steps or miss it by less than a step; what is left over lies on both sides. */
function columnScale({ lo, hi }: Range, steps: number): ColumnScale {
  // a column that never changed may still: it gets the range from 0 to its value
  const [least, most] = lo === hi ? [Math.min(lo, 0), Math.max(hi, 0)] : [lo, hi]
  for (let scale = least === most ? 0 : scaleLimit; ; scale--) {
    const [first, last] = [Math.floor(least * 2 ** scale), most * 2 ** scale]
    const fits = last - first < steps + 1 && Math.max(-first, last) < 2 ** 30
    if (!fits && scale > -scaleLimit) continue
    const free = Math.max(0, Math.floor((steps - Math.ceil(last - first)) / 2))
    // nothing is expected below a range that begins at 0
    return { scale, zero: least === 0 ? 0 : first - free }
  }
}
