import { type ArgmaxNode, type MaxNode, type NodeOf, weightAt, windowLength, windowReads } from '../exactGraph.ts'
import { roundingHalf } from '../primitives/requantize.ts'
import type { ComputedNode, ComputedOp } from '../primitives/table.ts'
import { secondStart, windowStart } from '../primitives/window.ts'
import { mergedRuns, type PlanContext, placeOffsets, placeStarts, roundingValues } from './context.ts'
import { dotKernel, plainDotKernel } from './dot.ts'
import { compareKernel, productKernel, scaleKernel, selectKernel, wideScaleKernel } from './elements.ts'
import { gatherKernel, greatestKernel, laneMaxKernel, lookupKernel } from './places.ts'
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
import { planLinear } from './planLinear.ts'
import { planMove } from './planMove.ts'

type Planners = { [O in ComputedOp]: (plan: Plan, context: PlanContext<NodeOf<O>>) => Placed }

/** Adds the calls that compute a node, and returns where its elements will stand. */
export function planNode(plan: Plan, context: PlanContext<ComputedNode>): Placed {
  // The table's type says that each entry takes the nodes of its own operator, which is what it is asked with.
  return (planners[context.node.op] as unknown as (plan: Plan, context: PlanContext<ComputedNode>) => Placed)(
    plan,
    context,
  )
}

const planners: Planners = {
  linear: planLinear,
  move: planMove,
  product(plan, { node, operands: [x = nowhere, z = nowhere], bounds }) {
    const out = reserveTensor(plan, { kind: kindOf(bounds), count: node.count })
    const variant = { left: x.kind, right: z.kind, out: out.kind }
    addCall(plan, {
      kernel: { name: 'product', variant, make: () => productKernel(variant) },
      values: { x: x.at, z: z.at, count: node.count, out: out.at, ...roundingValues(node) },
    })
    return out
  },
  dot: planDot,
  requantize(plan, { node, operands: [x = nowhere], operandBounds: [range], bounds }) {
    const { count, multiplier, shift } = node
    const out = reserveTensor(plan, { kind: kindOf(bounds), count })
    const variant = { kind: x.kind, out: out.kind }
    const most = Math.max(magnitude(range?.lo), magnitude(range?.hi))
    const isNarrow = shift <= 30 && most * Math.abs(multiplier) + roundingHalf(shift) < 2 ** 31
    const kernel = isNarrow
      ? { name: 'scale', variant, make: () => scaleKernel(variant) }
      : { name: 'wideScale', variant, make: () => wideScaleKernel(variant) }
    const { half, ...rounding } = roundingValues(node)
    const values = { x: x.at, multiplier, count, out: out.at, ...rounding, half: isNarrow ? half : 0 }
    addCall(plan, { kernel, values })
    return out
  },
  max: (plan, context) => planLaneMax(plan, context) ?? planGreatest(plan, { ...context, gives: 'value' }),
  argmax: (plan, context) => planGreatest(plan, { ...context, gives: 'position' }),
  compare(plan, { graph, node, operands: [x = nowhere, second], bounds }) {
    const { count, relation, against } = node
    const z = 'weight' in against ? placeWeights(plan, weightAt(graph, against.weight).values) : (second ?? nowhere)
    const out = reserveTensor(plan, { kind: kindOf(bounds), count })
    const variant = { left: x.kind, right: z.kind, out: out.kind, relation }
    addCall(plan, {
      kernel: { name: 'compare', variant, make: () => compareKernel(variant) },
      values: { x: x.at, z: z.at, count, out: out.at },
    })
    return out
  },
  select(plan, { node: { count }, operands: [condition = nowhere, yes = nowhere, no = nowhere], bounds }) {
    const out = reserveTensor(plan, { kind: kindOf(bounds), count })
    const variant = { condition: condition.kind, yes: yes.kind, no: no.kind, out: out.kind }
    addCall(plan, {
      kernel: { name: 'select', variant, make: () => selectKernel(variant) },
      values: { condition: condition.at, yes: yes.at, no: no.at, count, out: out.at },
    })
    return out
  },
  lookup(plan, { graph, node, operands: [x = nowhere], bounds }) {
    const { count, window, offset } = node
    const table = placeWeights(plan, weightAt(graph, node.weight).values)
    const out = reserveTensor(plan, { kind: kindOf(bounds), count })
    const variant = { kind: x.kind, table: table.kind, out: out.kind }
    const rows = placeTable(plan, {
      length: count,
      entry: (element) => (element % window.d2) * window.rowStride - offset,
    })
    addCall(plan, {
      kernel: { name: 'lookup', variant, make: () => lookupKernel(variant) },
      values: {
        ...{ x: x.at, starts: placeStarts(plan, { node, kind: x.kind }), rows },
        ...{ count, table: table.at, out: out.at },
      },
    })
    return out
  },
  gather(plan, { node, operands: [x = nowhere, k = nowhere], bounds }) {
    const { count, window, second } = node
    const out = reserveTensor(plan, { kind: kindOf(bounds), count })
    const variant = { kind: x.kind, index: k.kind, out: out.kind }
    const secondStarts = placeTable(plan, {
      length: count,
      entry: (element) => k.kind * secondStart(window, { second, element }),
    })
    addCall(plan, {
      kernel: { name: 'gather', variant, make: () => gatherKernel(variant) },
      values: {
        ...{ x: x.at, starts: placeStarts(plan, { node, kind: x.kind }), step: window.r1 * x.kind },
        ...{ k: k.at, secondStarts, count, out: out.at },
      },
    })
    return out
  },
}

/** The greatest distance from 0. */
function magnitude(values: Int32Array = new Int32Array()): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

function placeWeights(plan: Plan, values: Int32Array): Placed {
  const isShort = fitsShort(values)
  return {
    at: placeConstants(plan, isShort ? Int16Array.from(values) : values),
    kind: isShort ? 2 : 4,
    count: values.length,
  }
}

function planDot(
  plan: Plan,
  { node, operands: [x = nowhere, z = nowhere], bounds }: PlanContext<NodeOf<'dot'>>,
): Placed {
  const { count, window, second } = node
  const out = reserveTensor(plan, { kind: kindOf(bounds), count })
  const isWhole = window.r1 === window.run && second.r1 === window.run
  const [run, runCount] = isWhole ? [window.run * window.n1, 1] : [window.run, window.n1]
  const offsets = (stride: number) => Array.from({ length: runCount }, (_, index) => index * stride)
  const shared = {
    ...{ x: x.at, starts: placeStarts(plan, { node, kind: x.kind }), z: z.at },
    runs: placeOffsets(plan, { offsets: offsets(window.r1), kind: x.kind }),
    secondStarts: placeTable(plan, {
      length: count,
      entry: (element) => z.kind * secondStart(window, { second, element }),
    }),
    secondRuns: placeOffsets(plan, { offsets: offsets(second.r1), kind: z.kind }),
    ...{ runCount, count, out: out.at, ...roundingValues(node) },
  }
  if (x.kind === 2 && z.kind === 2 && run >= 4) {
    const blocks = Math.ceil(run / 8) - 1
    const mask = placeConstants(
      plan,
      Int16Array.from({ length: 8 }, (_, lane) => (blocks * 8 + lane < run ? -1 : 0)),
    )
    const variant = { out: out.kind }
    addCall(plan, {
      kernel: { name: 'dot', variant, make: () => dotKernel(variant) },
      values: { ...shared, blocks, mask },
    })
    return out
  }
  const variant = { left: x.kind, right: z.kind, out: out.kind }
  addCall(plan, {
    kernel: { name: 'plainDot', variant, make: () => plainDotKernel(variant) },
    values: { ...shared, runBytes: run * x.kind },
  })
  return out
}

/** Maxima whose windows stand side by side; undefined where they do not. */
function planLaneMax(plan: Plan, { node, operands: [x = nowhere], bounds }: PlanContext<MaxNode>): Placed | undefined {
  const { window, count } = node
  const { d1, d2, s2 } = window
  if (s2 !== 1 || d2 < 4) return undefined
  const out = reserveTensor(plan, { kind: kindOf(bounds), count })
  const variant = { kind: x.kind, out: out.kind }
  const [start = 0] = windowReads(window, 0)
  const offsets = windowReads(window, 0).map((read) => read - start)
  const rows = count / d2
  const positions = placeTable(plan, {
    length: rows,
    entry: (row) => x.kind * windowStart({ ...window, d1, d2: 1, s2: 0 }, row),
  })
  addCall(plan, {
    kernel: { name: 'laneMax', variant, make: () => laneMaxKernel(variant) },
    values: {
      ...{ x: x.at, positions, count: rows, runs: placeOffsets(plan, { offsets, kind: x.kind }) },
      ...{ runCount: windowLength(window), blocks: Math.ceil(d2 / (x.kind === 2 && out.kind === 2 ? 8 : 4)) },
      ...{ out: out.at, rowBytes: d2 * out.kind },
    },
  })
  return out
}

function planGreatest(
  plan: Plan,
  context: PlanContext<MaxNode | ArgmaxNode> & { gives: 'value' | 'position' },
): Placed {
  const { node, operands, bounds, gives } = context
  const [x = nowhere] = operands
  const out = reserveTensor(plan, { kind: kindOf(bounds), count: node.count })
  const variant = { kind: x.kind, out: out.kind, gives }
  const { run, offsets } = mergedRuns(node.window)
  addCall(plan, {
    kernel: { name: 'greatest', variant, make: () => greatestKernel(variant) },
    values: {
      ...{ x: x.at, starts: placeStarts(plan, { node, kind: x.kind }), count: node.count },
      ...{ runs: placeOffsets(plan, { offsets, kind: x.kind }), runCount: offsets.length },
      ...{ runBytes: run * x.kind, out: out.at },
    },
  })
  return out
}
