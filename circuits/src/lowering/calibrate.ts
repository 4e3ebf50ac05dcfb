import { evaluateFloatTensors } from '../evaluateFloat.ts'
import type { FloatValues } from '../evaluateFloatNode.ts'
import type { FloatGraph, FloatNode } from '../floatGraph.ts'
import { countOf } from './place.ts'

/** How the range of a hidden tensor follows from its values on the calibration inputs. */
export type CalibrationMethod = 'minMax' | 'percentile' | 'mse'

/** What the float model computes on a part of the calibration inputs, spread evenly over them. */
export type Calibration = {
  /** the range that a tensor's values are taken to have; the least squares are those of steps of this many bits, 8 unless told */
  range(name: string, method: CalibrationMethod, bits?: number): { lo: number; hi: number }
  /** a tensor's values, once for each input */
  values(name: string): FloatValues[]
}

const limits = { inputs: 200, elements: 2 ** 23, products: 2 ** 30, sorted: 2 ** 15 }
/** Share of the values that a percentile range leaves out on each side. */
const tail = 0.0005

/** Runs the float model when it is first asked. */
export function calibrate(float: FloatGraph, inputs: readonly Float32Array[]): Calibration {
  let runs: Map<string, FloatValues>[] | undefined
  const known = new Map<string, { lo: number; hi: number }>()
  const values = (name: string) => {
    runs ??= runAll(float, inputs)
    return runs.map((run) => run.get(name) ?? new Float32Array())
  }
  const range = (name: string, method: CalibrationMethod, bits = 8) => {
    const key = `${method} ${bits} ${name}`
    const found = known.get(key) ?? rangeOf(values(name), { method, bits })
    known.set(key, found)
    return found
  }
  return { range, values }
}

function runAll(float: FloatGraph, inputs: readonly Float32Array[]): Map<string, FloatValues>[] {
  const elements = float.nodes.reduce((sum, { shape }) => sum + countOf(shape), 1)
  const most = Math.min(inputs.length, limits.inputs, limits.elements / elements, limits.products / productsOf(float))
  const count = Math.max(1, Math.floor(most))
  return Array.from({ length: count }, (_, index) =>
    evaluateFloatTensors(float, inputs[Math.floor((index * inputs.length) / count)] ?? new Float32Array()),
  )
}

/** Products with weights that one run takes. */
function productsOf({ nodes, constants }: FloatGraph): number {
  const weightsOf = (node: FloatNode) => constants.get(node.inputs[1] ?? '')?.values.length ?? 0
  return nodes.reduce((sum, node) => {
    if (node.op === 'gemm') return sum + weightsOf(node) * countOf(node.shape.slice(0, -1))
    if (node.op === 'conv') return sum + weightsOf(node) * countOf(node.shape.slice(2))
    // each element of the output takes a part of them that the stride leaves
    if (node.op === 'convTranspose')
      return sum + (weightsOf(node) * countOf(node.shape.slice(2))) / countOf(node.stride)
    return sum
  }, 1)
}

function rangeOf(
  runs: FloatValues[],
  { method, bits }: { method: CalibrationMethod; bits: number },
): { lo: number; hi: number } {
  let [lo, hi] = [Infinity, -Infinity]
  for (const run of runs) {
    for (const value of run) {
      if (!Number.isFinite(value)) continue
      lo = Math.min(lo, value)
      hi = Math.max(hi, value)
    }
  }
  // a tensor without a finite value has no range to speak of
  if (lo > hi) return { lo: 0, hi: 0 }
  if (method === 'minMax' || !(hi > lo)) return { lo, hi }
  const sorted = sampled(runs).sort()
  if (method === 'percentile') {
    const skip = Math.floor(sorted.length * tail)
    return { lo: sorted[skip] ?? lo, hi: sorted[sorted.length - 1 - skip] ?? hi }
  }
  return leastSquares(sorted, { lo, hi, steps: 2 ** bits - 1 })
}

/** Values at even distances, at most as many as are sorted quickly. */
function sampled(runs: FloatValues[]): Float64Array {
  const total = runs.reduce((sum, run) => sum + run.length, 0)
  const stride = Math.max(1, Math.ceil(total / limits.sorted))
  const all: number[] = []
  let skip = 0
  for (const run of runs) {
    for (; skip < run.length; skip += stride) all.push(run[skip] ?? 0)
    skip -= run.length
  }
  return Float64Array.from(all.filter(Number.isFinite))
}

/** The part of the range, as a share of it, at which this many steps with saturation miss the values least, by their squares. */
function leastSquares(
  values: Float64Array,
  { lo, hi, steps }: { lo: number; hi: number; steps: number },
): { lo: number; hi: number } {
  let best = { lo, hi, error: Infinity }
  for (let share = 1; share > 0.1; share *= 0.9) {
    const [from, to] = [lo * share, hi * share]
    const step = (to - from) / steps
    let error = 0
    for (const value of values) {
      const coded = from + Math.min(Math.max(Math.round((value - from) / step), 0), steps) * step
      error += (value - coded) ** 2
    }
    if (error < best.error) best = { lo: from, hi: to, error }
  }
  return { lo: best.lo, hi: best.hi }
}
