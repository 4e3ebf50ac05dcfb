import { collect, type Reference } from './collect.ts'
import { type Decision, heightOf, type Leaf } from './decisionTrees.ts'
import { anyRange, type Lowering } from './lowering.ts'

/** A number, or an element of a level: level 0 is one linear node, every other one a selection. */
type Value = number | { level: number; index: number }
type Selection = { condition: number; one: Value; zero: Value }

/**
 * What trees give to one target each, from their leaves up: y = c ? one : zero. A choice between two leaves is linear in its condition and
 * costs nothing; every other one costs a row. Bounds are exact, because a selection's are.
 * @param conditions where the trees' conditions stand
 * @returns one for each request: an element, or the integer where all leaves agree
 */
export function treeValues(
  lowering: Lowering,
  { conditions, requests }: { conditions: Reference[]; requests: { root: Decision; weigh: (leaf: Leaf) => number }[] },
): (Reference | number)[] {
  const affine: { condition: number; slope: number; start: number }[] = []
  const known = new Map<string, number>()
  const levels: Selection[][] = []
  const line = (condition: number, { slope, start }: { slope: number; start: number }): Value => {
    const key = `${slope === 0 ? '' : condition} ${slope} ${start}`
    const index = known.get(key) ?? affine.push({ condition, slope, start }) - 1
    known.set(key, index)
    return { level: 0, index }
  }
  const visit = (decision: Decision, weigh: (leaf: Leaf) => number): Value => {
    if (decision.kind === 'leaf') return weigh(decision)
    const { condition } = decision
    const [one, zero] = [visit(decision.one, weigh), visit(decision.zero, weigh)]
    if (typeof one === 'number' && typeof zero === 'number') {
      return one === zero ? one : line(condition, { slope: one - zero, start: zero })
    }
    const [left, right] = [one, zero].map((value) =>
      typeof value === 'number' ? line(condition, { slope: 0, start: value }) : value,
    )
    if (left === undefined || right === undefined) throw new RangeError('a choice has two children')
    const level = 1 + Math.max(levelOf(left), levelOf(right))
    const selections = levels[level - 1] ?? []
    levels[level - 1] = selections
    return { level, index: selections.push({ condition, one: left, zero: right }) - 1 }
  }
  const results = requests.map(({ root, weigh }) => visit(root, weigh))
  const nodes: number[] = []
  const reference = (value: Value): Reference =>
    typeof value === 'number' ? 'zero' : { node: nodes[value.level] ?? 0, at: value.index }
  const conditionAt = (condition: number): Reference => conditions[condition] ?? 'zero'
  if (affine.length > 0) {
    nodes.push(
      addLines(lowering, {
        operand: collect(
          lowering,
          affine.map(({ condition }) => conditionAt(condition)),
        ),
        slopes: Int32Array.from(affine, ({ slope }) => slope),
        starts: Int32Array.from(affine, ({ start }) => start),
      }),
    )
  }
  for (const selections of levels) {
    const operands: [number, number, number] = [
      collect(
        lowering,
        selections.map(({ condition }) => conditionAt(condition)),
      ),
      collect(
        lowering,
        selections.map(({ one }) => reference(one)),
      ),
      collect(
        lowering,
        selections.map(({ zero }) => reference(zero)),
      ),
    ]
    nodes.push(lowering.addNode({ op: 'select', ...anyRange, count: selections.length, operands }))
  }
  return results.map((value) => (typeof value === 'number' ? value : reference(value)))
}

/** Rows that {@link treeValues} takes for one tree and target at most. */
export function treeValueRows(decision: Decision): number {
  if (decision.kind === 'leaf' || heightOf(decision) === 1) return 0
  return 1 + treeValueRows(decision.one) + treeValueRows(decision.zero)
}

/**
 * Whether each leaf is the one that its tree comes to, 1 or 0, from the root down: p · c and p - p · c, one row for each choice
 * that is not a root.
 * @returns the leaves of all trees that make a choice, with where that stands
 */
export function leafIndicators(
  lowering: Lowering,
  { conditions, roots }: { conditions: Reference[]; roots: Decision[] },
): { leaf: Leaf; reference: Reference }[] {
  const found: { leaf: Leaf; reference: Reference }[] = []
  let waiting: { decision: Decision; path: Reference }[] = []
  const follow = (decision: Decision, path: Reference) => {
    if (decision.kind === 'leaf') found.push({ leaf: decision, reference: path })
    else waiting.push({ decision, path })
  }
  const choices = roots.flatMap((root) => (root.kind === 'choice' ? [root] : []))
  if (choices.length === 0) return found
  const count = choices.length
  const first = collect(
    lowering,
    choices.map(({ condition }) => conditions[condition] ?? 'zero'),
  )
  const [slopes, starts] = [new Int32Array(count).fill(-1), new Int32Array(count).fill(1)]
  const others = addLines(lowering, { operand: first, slopes, starts })
  for (const [at, { one, zero }] of choices.entries()) {
    follow(one, { node: first, at })
    follow(zero, { node: others, at })
  }
  while (waiting.length > 0) {
    const level = waiting.flatMap(({ decision, path }) => (decision.kind === 'choice' ? [{ decision, path }] : []))
    waiting = []
    const asked = level.flatMap(({ decision }) => {
      const condition = conditions[decision.condition] ?? 'zero'
      return [condition, condition]
    })
    const operands: [number, number, number] = [
      collect(lowering, asked),
      collect(
        lowering,
        level.flatMap(({ path }) => [path, 'zero' as const]),
      ),
      collect(
        lowering,
        level.flatMap(({ path }) => ['zero' as const, path]),
      ),
    ]
    const node = lowering.addNode({ op: 'select', ...anyRange, count: asked.length, operands })
    for (const [index, { decision }] of level.entries()) {
      follow(decision.one, { node, at: 2 * index })
      follow(decision.zero, { node, at: 2 * index + 1 })
    }
  }
  return found
}

/** Rows that {@link leafIndicators} takes for one tree. */
export function leafIndicatorRows(decision: Decision): number {
  const choices = (one: Decision): number => (one.kind === 'leaf' ? 0 : 1 + choices(one.one) + choices(one.zero))
  return Math.max(0, choices(decision) - 1)
}

/** Adds slope · x + start, element by element. */
function addLines(
  { addNode, addWeights }: Lowering,
  { operand, slopes, starts }: { operand: number; slopes: Int32Array; starts: Int32Array },
): number {
  const isSame = (values: Int32Array) => values.every((value) => value === values[0])
  const rows = isSame(slopes) && isSame(starts) ? 1 : slopes.length
  return addNode({
    ...{ op: 'linear', ...anyRange, count: slopes.length, shift: 0, operand },
    weight: addWeights(slopes.slice(0, rows)),
    bias: addWeights(starts.slice(0, rows), 4),
    window: {
      ...{ d1: slopes.length / rows, d2: rows, s0: 0, s1: rows, s2: 1, base: 0, run: 1, n1: 1, n2: 1, r1: 0, r2: 0 },
      rowStride: 1,
    },
  })
}

function levelOf(value: Value): number {
  return typeof value === 'number' ? 0 : value.level
}
