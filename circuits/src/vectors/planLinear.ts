import { type LinearNode, weightAt, windowLength, windowReads } from '../exactGraph.ts'
import { windowStart } from '../primitives/window.ts'
import { inKind, mergedRuns, type PlanContext, placeOffsets, placeStarts, roundingValues } from './context.ts'
import {
  addCall,
  fitsShort,
  kindOf,
  nowhere,
  type Placed,
  type Plan,
  placeConstants,
  placeTable,
  reserveTensor,
} from './plan.ts'
import type { Kind } from './rounding.ts'
import { type LaneMode, laneKernel, lanesOf, matrixKernel, sumKernel, type Tile } from './sums.ts'

/** A linear node with its constants; `x` is in the kind that its weights need. */
type Sums = { node: LinearNode; weight: Int32Array; bias: Int32Array; x: Placed; out: Placed }

/** Outputs that stand side by side as their reads do: `length` of them in each of the rows. */
type Lanes = { mode: LaneMode; length: number; rows: number }

/** Adds the calls of a sum of products with constant weights. */
export function planLinear(plan: Plan, { graph, node, operands, bounds }: PlanContext<LinearNode>): Placed {
  const [weight, bias] = [weightAt(graph, node.weight).values, weightAt(graph, node.bias).values]
  const [operand = nowhere] = operands
  const x = fitsShort(weight) ? operand : inKind(plan, { tensor: operand, kind: 4 })
  const out = reserveTensor(plan, { kind: kindOf(bounds), count: node.count })
  const sums: Sums = { node, weight, bias, x, out }
  const lanes = lanesFor(sums)
  const { d2, s2 } = node.window
  if (lanes) planLanes(plan, { sums, lanes })
  else if (s2 === 0 || d2 === 1) planMatrix(plan, sums)
  else planSums(plan, sums)
  return out
}

/** How a node's outputs stand side by side, if they do: along i2, or along i1 and i0 too where they go on without a gap. */
function lanesFor({ node, x }: Sums): Lanes | undefined {
  const { d1, d2, s0, s1, s2, run } = node.window
  const stride = d2 === 1 ? s1 : s2
  const isPair = stride === 2 && x.kind === 2 && run % 2 === 0
  if (stride !== 1 && !isPair) return undefined
  let length = d2
  if (length < 16 && (d2 === 1 || s1 === d2 * stride)) length = d1 * d2
  const outer = node.count / length
  if (length === d1 * d2 && length < 16 && s0 === length * stride) length *= outer
  return length < 4 ? undefined : { mode: isPair ? 'pair' : 'single', length, rows: node.count / length }
}

function planLanes(plan: Plan, { sums, lanes }: { sums: Sums; lanes: Lanes }): void {
  const { node, weight, bias, x, out } = sums
  const { mode, length, rows } = lanes
  const { d2, rowStride } = node.window
  const variant = { kind: x.kind, out: out.kind, mode }
  const [start = 0] = windowReads(node.window, 0)
  const width = mode === 'pair' ? 2 : 1
  const offsets = windowReads(node.window, 0)
    .map((read) => read - start)
    .filter((_, term) => term % width === 0)
  const blocks = Math.ceil(length / lanesOf(variant))
  const perRun = blocks * lanesOf(variant) * width
  const packed = constantsOf(x.kind, offsets.length * perRun)
  for (let run = 0; run < offsets.length; run++) {
    for (let lane = 0; lane < length * width; lane++) {
      const row = Math.floor(lane / width) % d2
      packed[run * perRun + lane] = weight[row * rowStride + run * width + (lane % width)] ?? 0
    }
  }
  const biases = Int32Array.from({ length: blocks * lanesOf(variant) }, (_, lane) =>
    lane < length ? (bias[lane % d2] ?? 0) : 0,
  )
  addCall(plan, {
    kernel: { name: 'lanes', variant, make: () => laneKernel(variant) },
    values: {
      ...{ x: x.at, count: rows, out: out.at, rowBytes: length * out.kind, ...roundingValues(node) },
      positions: placeTable(plan, { length: rows, entry: (row) => x.kind * windowStart(node.window, row * length) }),
      runs: placeOffsets(plan, { offsets, kind: x.kind }),
      ...{ runCount: offsets.length, blocks, runBytes: perRun * x.kind },
      ...{ weights: placeConstants(plan, packed), bias: placeConstants(plan, biases) },
    },
  })
}

function planMatrix(plan: Plan, { node, weight, bias, x, out }: Sums): void {
  const { d2 } = node.window
  const rows = node.count / d2
  const tile: Tile = rows < 4 ? { rows: 1, blocks: d2 > 8 ? 4 : d2 > 4 ? 2 : 1 } : { rows: 4, blocks: d2 > 4 ? 2 : 1 }
  const variant = { kind: x.kind, out: out.kind, tile }
  const { run, offsets } = mergedRuns(node.window)
  const width = x.kind === 2 ? 2 : 1
  const steps = Math.ceil(run / width)
  const outputs = 4 * tile.blocks
  const panels = Math.ceil(d2 / outputs)
  const perPanel = offsets.length * steps * outputs * width
  const packed = constantsOf(x.kind, panels * perPanel)
  let term = 0
  for (let output = 0; output < d2; output++) {
    const first = Math.floor(output / outputs) * perPanel + (output % outputs) * width
    for (let index = 0; index < offsets.length; index++) {
      let target = first + index * steps * outputs * width
      for (let place = 0; place < run; place++) {
        packed[target + (place % width)] = weight[term++] ?? 0
        if (place % width === width - 1) target += outputs * width
      }
    }
  }
  const biases = Int32Array.from({ length: panels * outputs }, (_, output) => bias[output] ?? 0)
  addCall(plan, {
    kernel: { name: 'matrix', variant, make: () => matrixKernel(variant) },
    values: {
      ...{ x: x.at, count: rows, out: out.at, rowBytes: d2 * out.kind, ...roundingValues(node) },
      positions: placeTable(plan, { length: rows, entry: (row) => x.kind * windowStart(node.window, row * d2) }),
      runs: placeOffsets(plan, { offsets, kind: x.kind }),
      ...{ runCount: offsets.length, steps, panels, panelBytes: perPanel * x.kind },
      ...{ weights: placeConstants(plan, packed), bias: placeConstants(plan, biases) },
    },
  })
}

function planSums(plan: Plan, { node, weight, bias, x, out }: Sums): void {
  const variant = { kind: x.kind, out: out.kind }
  const { run, offsets } = mergedRuns(node.window)
  addCall(plan, {
    kernel: { name: 'sums', variant, make: () => sumKernel(variant) },
    values: {
      ...{ x: x.at, count: node.count, out: out.at, ...roundingValues(node) },
      starts: placeStarts(plan, { node, kind: x.kind }),
      runs: placeOffsets(plan, { offsets, kind: x.kind }),
      ...{ runCount: offsets.length, runBytes: run * x.kind },
      ...{ weights: placeConstants(plan, weight), bias: placeConstants(plan, bias) },
      ...{ rows: node.window.d2, rowBytes: 4 * windowLength(node.window) },
    },
  })
}

function constantsOf(kind: Kind, length: number): Int16Array | Int32Array {
  return kind === 2 ? new Int16Array(length) : new Int32Array(length)
}
