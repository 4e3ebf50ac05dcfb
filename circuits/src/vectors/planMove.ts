import { type MoveNode, weightAt } from '../exactGraph.ts'
import { inKind, type PlanContext } from './context.ts'
import { copyRunsKernel, moveKernel } from './places.ts'
import { addCall, kindOf, type Placed, type Plan, placeConstants, reserveTensor, zerosOf } from './plan.ts'

/** Adds the calls of a move; where all its elements stand side by side already, none. */
export function planMove(plan: Plan, { graph, node, operands, bounds }: PlanContext<MoveNode>): Placed {
  const { values: map } = weightAt(graph, node.weight)
  const kind = kindOf(bounds)
  const same = operands.map((tensor) => inKind(plan, { tensor, kind }))
  const runs = runsOf(
    map,
    same.map(({ count }) => count),
  )
  const longestGap = runs.reduce((most, { operand, count }) => (operand < 0 ? Math.max(most, count) : most), 0)
  const zeros = zerosOf(plan, longestGap * kind)
  const source = ({ operand, first }: Run) => (operand < 0 ? zeros : (same[operand]?.at ?? 0) + first * kind)
  const [only] = runs
  if (runs.length === 1 && only) return { at: source(only), kind, count: node.count }

  const out = reserveTensor(plan, { kind, count: node.count })
  if (node.count * kind >= 12 * runs.length) {
    let target = out.at
    const table = runs.flatMap((run) => {
      const entry = [source(run), target, Math.ceil((run.count * kind) / 16)]
      target += run.count * kind
      return entry
    })
    const at = placeConstants(plan, Int32Array.from(table))
    addCall(plan, {
      kernel: { name: 'copyRuns', variant: {}, make: copyRunsKernel },
      values: { table: at, end: at + 4 * table.length },
    })
    return out
  }
  const sources = new Int32Array(node.count)
  let at = 0
  for (const run of runs) {
    const first = source(run)
    for (let index = 0; index < run.count; index++) sources[at++] = first + index * kind
  }
  addCall(plan, {
    kernel: { name: 'move', variant: { kind }, make: () => moveKernel({ kind }) },
    values: { sources: placeConstants(plan, sources), count: node.count, out: out.at },
  })
  return out
}

/** Neighbours of one operand, from `first` on; zeros where `operand` is negative. */
type Run = { operand: number; first: number; count: number }

/** The map's entries as runs of neighbours. */
function runsOf(map: Int32Array, counts: number[]): Run[] {
  const runs: Run[] = []
  let last: Run | undefined
  for (const entry of map) {
    let [operand, first] = [entry < 0 ? -1 : 0, Math.max(entry, 0)]
    while (operand >= 0 && first >= (counts[operand] ?? Number.POSITIVE_INFINITY)) first -= counts[operand++] ?? 0
    if (last && last.operand === operand && (operand < 0 || first === last.first + last.count)) {
      last.count += 1
      continue
    }
    last = { operand, first, count: 1 }
    runs.push(last)
  }
  return runs
}
