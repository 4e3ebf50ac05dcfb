import type { Interval } from '../exactGraph.ts'
import type { FloatNodeOf, Tree, TreeBranch } from '../floatGraph.ts'
import type { Place } from './place.ts'

/** Whether an element of an exact node is above a constant, or equal to it. */
export type Condition = { relation: 'greater' | 'equal'; position: number; constant: number }

/** A leaf: what it gives to each target that it names. */
export type Leaf = { kind: 'leaf'; weights: ReadonlyMap<number, number> }

/** A choice by the condition of that number. `height` is 1 where both children are leaves. */
export type Choice = { kind: 'choice'; condition: number; one: Decision; zero: Decision; height: number }
export type Decision = Leaf | Choice

/** Trees over integers: every condition is asked once, however many branches ask it. */
export type DecisionTrees = { conditions: Condition[]; roots: Decision[] }

type Ensemble = Pick<FloatNodeOf<'treeEnsemble'>, 'trees' | 'aggregate'>
/** What a branch comes to: one of its children for every input, or a condition on which it takes its `yes`, or its `no`. */
type Resolved = 'yes' | 'no' | { condition: Condition; isYes: boolean }
/** What the branches above say of an element, the last first. */
type Bounds = { position: number; lo: number; hi: number; above: Bounds } | undefined

/**
 * Decision trees over the rows of a tensor as trees over the integers of its node: a branch decides as the float model does for every
 * real number that the integers stand for. Equality means the nearest integer. Branches that no input of the declared range takes both
 * ways are left out. Row r adds to the targets from r · targets on.
 */
export function decisionTrees(
  { trees, aggregate }: Ensemble,
  { place, interval, targets }: { place: Place; interval: Interval; targets: number },
): DecisionTrees {
  const features = place.shape.at(-1) ?? 1
  const numbers = new Map<string, number>()
  const conditions: Condition[] = []
  const numberOf = (condition: Condition): number => {
    const key = `${condition.relation} ${condition.position} ${condition.constant}`
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, conditions.length)
    return conditions.push(condition) - 1
  }
  const roots: Decision[] = []
  for (let row = 0; row * features < place.map.length; row++) {
    for (const tree of trees) {
      const resolve = (branch: TreeBranch, bounds: Bounds) =>
        resolveBranch(branch, { place, at: row * features + branch.feature, bounds, interval })
      roots.push(buildDecision(tree, { resolve, numberOf, aggregate, firstTarget: row * targets }))
    }
  }
  return { conditions, roots }
}

/** Builds a tree from its last branches up; what lies behind a branch that is never taken is not looked at. */
function buildDecision(
  { root, branches, leaves }: Tree,
  context: {
    resolve: (branch: TreeBranch, bounds: Bounds) => Resolved
    numberOf: (condition: Condition) => number
    aggregate: Ensemble['aggregate']
    firstTarget: number
  },
): Decision {
  const { resolve, numberOf, aggregate, firstTarget } = context
  const boundsOf = new Map<number, Bounds>([[root, undefined]])
  const resolved = new Map<number, Resolved>()
  // parents stand before their children
  for (const [index, branch] of branches.entries()) {
    if (!boundsOf.has(index)) continue
    const bounds = boundsOf.get(index)
    const found = resolve(branch, bounds)
    resolved.set(index, found)
    if (found !== 'no') boundsOf.set(branch.yes, narrowed(bounds, found, true))
    if (found !== 'yes') boundsOf.set(branch.no, narrowed(bounds, found, false))
  }
  const made = new Map<number, Decision>()
  const decisionAt = (child: number): Decision =>
    (child < 0 ? undefined : made.get(child)) ?? leafOf(leaves[-1 - child] ?? [], { aggregate, firstTarget })
  for (const [index, branch] of [...branches.entries()].reverse()) {
    const found = resolved.get(index)
    if (found === undefined) continue
    if (found === 'yes' || found === 'no') {
      made.set(index, decisionAt(branch[found]))
      continue
    }
    const [yes, no] = [decisionAt(branch.yes), decisionAt(branch.no)]
    if (isSameLeaf(yes, no)) made.set(index, yes)
    else {
      const [one, zero] = found.isYes ? [yes, no] : [no, yes]
      const height = 1 + Math.max(heightOf(one), heightOf(zero))
      made.set(index, { kind: 'choice', condition: numberOf(found.condition), one, zero, height })
    }
  }
  return decisionAt(root)
}

/** Height of a tree: 0 for a leaf. */
export function heightOf(decision: Decision): number {
  return decision.kind === 'leaf' ? 0 : decision.height
}

/** A branch over integers q, where the float model compares q · step + offset. */
function resolveBranch(
  { relation, threshold }: TreeBranch,
  { place, at, bounds, interval }: { place: Place; at: number; bounds: Bounds; interval: Interval },
): Resolved {
  const [position, step, offset] = [place.map[at] ?? -1, place.steps[at] ?? 0, place.offsets[at] ?? 0]
  const holds = (value: number) =>
    relation === 'equal' ? value === threshold : relation === 'less' ? value < threshold : value <= threshold
  if (position < 0 || step === 0) return holds(offset) ? 'yes' : 'no'
  const known = boundsAt(bounds, position)
  const lo = Math.max(interval.lo[position] ?? 0, known?.lo ?? -Infinity)
  const hi = Math.min(interval.hi[position] ?? 0, known?.hi ?? Infinity)
  if (relation === 'equal') {
    const constant = Math.floor((threshold - offset) / step + 0.5)
    if (constant < lo || constant > hi) return 'no'
    if (lo === hi) return 'yes'
    return { condition: { relation: 'equal', position, constant }, isYes: true }
  }
  // the least integer for which the branch says something else than for those below it
  const isRising = step < 0
  const changes = (q: number) => holds(step * q + offset) === isRising
  let first = Math.min(Math.max(Math.floor((threshold - offset) / step), lo - 1), hi + 1)
  while (first > lo && changes(first - 1)) first--
  while (first <= hi && !changes(first)) first++
  if (first <= lo) return isRising ? 'yes' : 'no'
  if (first > hi) return isRising ? 'no' : 'yes'
  return { condition: { relation: 'greater', position, constant: first - 1 }, isYes: isRising }
}

function boundsAt(bounds: Bounds, position: number): { lo: number; hi: number } | undefined {
  for (let one = bounds; one; one = one.above) if (one.position === position) return one
  return undefined
}

/** What is known behind a branch. */
function narrowed(above: Bounds, found: Resolved, isYes: boolean): Bounds {
  if (typeof found === 'string') return above
  const { relation, position, constant } = found.condition
  const holds = found.isYes === isYes
  const known = boundsAt(above, position) ?? { lo: -Infinity, hi: Infinity }
  if (relation === 'equal') return holds ? { position, lo: constant, hi: constant, above } : above
  const [lo, hi] = holds ? [constant + 1, known.hi] : [known.lo, constant]
  return { position, lo, hi, above }
}

function leafOf(
  weights: readonly { target: number; weight: number }[],
  { aggregate, firstTarget }: { aggregate: Ensemble['aggregate']; firstTarget: number },
): Leaf {
  const total = new Map<number, number>()
  for (const { target, weight } of weights) {
    const before = total.get(firstTarget + target)
    const next = before === undefined ? weight : aggregate === 'sum' ? before + weight : Math[aggregate](before, weight)
    total.set(firstTarget + target, next)
  }
  return { kind: 'leaf', weights: total }
}

function isSameLeaf(left: Decision, right: Decision): boolean {
  if (left.kind !== 'leaf' || right.kind !== 'leaf' || left.weights.size !== right.weights.size) return false
  return [...left.weights].every(([target, weight]) => right.weights.get(target) === weight)
}
