import type { ExactGraph, Interval, Window } from '../exactGraph.ts'
import { type Requantization, roundingHalf } from '../primitives/requantize.ts'
import { windowStart } from '../primitives/window.ts'
import { copyKernel } from './elements.ts'
import { addCall, type Placed, type Plan, placeTable, reserveTensor } from './plan.ts'
import type { Kind } from './rounding.ts'

/** A node with what it reads: its operands in memory and their bounds; `bounds` are its own. */
export type PlanContext<N> = {
  graph: ExactGraph
  node: N
  operands: Placed[]
  operandBounds: Interval[]
  bounds: Interval
}

/** The reads of one element: runs of neighbours, as few as the window allows, from where they begin. */
export function mergedRuns(window: Window): { run: number; offsets: number[] } {
  let { run, n1, n2 } = window
  const { r1, r2 } = window
  if (n2 > 1 && r2 === run) [run, n2] = [run * n2, 1]
  if (n1 > 1 && n2 === 1 && r1 === run) [run, n1] = [run * n1, 1]
  return { run, offsets: Array.from({ length: n1 * n2 }, (_, at) => Math.floor(at / n2) * r1 + (at % n2) * r2) }
}

/** How a kernel rounds. */
export function roundingValues({ shift, lo, hi }: Requantization) {
  return { shift, half: roundingHalf(shift), lo, hi }
}

/** A table of where each element of a window begins to read, in bytes. */
export function placeStarts(
  plan: Plan,
  { node, kind }: { node: { window: Window; count: number }; kind: Kind },
): number {
  return placeTable(plan, { length: node.count, entry: (element) => kind * windowStart(node.window, element) })
}

/** A table of offsets of elements, in bytes. */
export function placeOffsets(plan: Plan, { offsets, kind }: { offsets: readonly number[]; kind: Kind }): number {
  return placeTable(plan, { length: offsets.length, entry: (index) => kind * (offsets[index] ?? 0) })
}

/** The tensor itself, or a copy of it in the kind. */
export function inKind(plan: Plan, { tensor, kind }: { tensor: Placed; kind: Kind }): Placed {
  if (tensor.kind === kind) return tensor
  const copy = reserveTensor(plan, { kind, count: tensor.count })
  const variant = { kind: tensor.kind, out: kind }
  addCall(plan, {
    kernel: { name: 'copy', variant, make: () => copyKernel(variant) },
    values: { x: tensor.at, count: tensor.count, out: copy.at },
  })
  return copy
}
