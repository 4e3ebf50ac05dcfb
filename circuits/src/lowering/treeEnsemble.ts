import type { FloatNodeOf } from '../floatGraph.ts'
import { QuantizeError } from '../quantizeError.ts'
import { addSum, layerWindow } from './addSum.ts'
import { collect, type Reference } from './collect.ts'
import { type Condition, type Decision, decisionTrees, type Leaf } from './decisionTrees.ts'
import { finish } from './finish.ts'
import { anyRange, type Lower, type Lowering } from './lowering.ts'
import { countOf, placeOfRows } from './place.ts'
import { targetOf } from './target.ts'
import { leafIndicatorRows, leafIndicators, treeValueRows, treeValues } from './treeValues.ts'

/** Bits of a leaf's weight beside its sign: it costs no constraint. */
const leafBits = 15
/** Sums stay below this, as every linear node's. */
const sumLimit = 2 ** 30

/** Σ weight · element + bias for each target, in whole steps. */
type TargetSums = { references: Reference[]; weights: Int32Array; bias: Float64Array }
type Trees = { roots: Decision[]; conditions: Reference[]; base: number[]; targets: number }

/**
 * Decision trees: each condition once, all in one node; then the trees' values from the leaves up, or whether each leaf is reached from the
 * roots down, whichever takes fewer rows; then one sum for each target. Branches decide as the float model does for every
 * input of the declared grid; weights of leaves are rounded to 15 bits of the greatest.
 */
export const lowerTreeEnsemble: Lower<FloatNodeOf<'treeEnsemble'>> = (lowering, node) => {
  const place = lowering.place(node.inputs[0] ?? '')
  const interval = lowering.intervalOf(place.node)
  const { roots, conditions } = decisionTrees(node, { place, interval, targets: node.base.length })
  const targets = countOf(node.shape)
  const base = Array.from({ length: targets }, (_, target) => node.base[target % node.base.length] ?? 0)
  const trees: Trees = { roots, conditions: [], base, targets }
  if (conditions.length === 0) return constantTrees(node, { lowering, trees })
  trees.conditions = addConditions(lowering, { node: place.node, conditions })
  const step = leafStep(trees)
  const sums =
    node.aggregate === 'sum' ? sumTrees(lowering, { trees, step }) : extremeTrees(lowering, { trees, step, node })
  const target = targetOf(lowering, node.output)
  const weights = Float64Array.from(sums.weights, (weight) => weight * step)
  const bias = sums.bias.map((value) => value * step)
  const made = addSum(lowering, {
    ...{ name: node.name, operand: collect(lowering, sums.references), count: targets, target },
    ...{ weights, bias, weightBits: leafBits + 2 },
    window: layerWindow({ outputs: targets, length: sums.references.length }),
  })
  return finish(lowering, { node, target, place: placeOfRows({ ...made, shape: node.shape }) })
}

/** Compares elements with constants. @returns where each condition stands */
function addConditions(
  lowering: Lowering,
  { node, conditions }: { node: number; conditions: Condition[] },
): Reference[] {
  const references = new Array<Reference>(conditions.length).fill('zero')
  for (const relation of ['greater', 'equal'] as const) {
    const asked = [...conditions.entries()].filter(([, condition]) => condition.relation === relation)
    if (asked.length === 0) continue
    const operand = collect(
      lowering,
      asked.map(([, { position }]) => ({ node, at: position })),
    )
    const weight = lowering.addWeights(Int32Array.from(asked, ([, { constant }]) => constant))
    const made = lowering.addNode({
      ...{ op: 'compare', ...anyRange, count: asked.length, relation, operand, against: { weight } },
    })
    for (const [at, [index]] of asked.entries()) references[index] = { node: made, at }
  }
  return references
}

/** Trees that come to the same for every input of the declared range. */
function constantTrees(
  { shape, aggregate }: FloatNodeOf<'treeEnsemble'>,
  { lowering, trees }: { lowering: Lowering; trees: Trees },
) {
  const offsets = Float64Array.from(trees.base, (start, target) => {
    const weights = trees.roots.flatMap((root) => (root.kind === 'leaf' ? (root.weights.get(target) ?? []) : []))
    if (weights.length === 0) return start
    return start + (aggregate === 'sum' ? weights.reduce((a, b) => a + b, 0) : Math[aggregate](...weights))
  })
  const map = new Int32Array(offsets.length).fill(-1)
  return { node: lowering.graph.inputNode, shape, map, steps: new Float64Array(offsets.length).fill(1), offsets }
}

/** The least power of two in which leaves keep to their bits and no sum leaves its limit. */
function leafStep({ roots, base }: Trees): number {
  let [most, total] = [0, base.reduce((a, b) => Math.max(a, Math.abs(b)), 0)]
  for (const root of roots) {
    for (const { weights } of leavesOf(root)) {
      most = Math.max(most, greatestOf(weights))
      total += greatestOf(weights)
    }
  }
  if (most === 0) return 1
  const scale = Math.min(Math.floor(Math.log2((2 ** leafBits - 1) / most)), Math.floor(Math.log2(sumLimit / 2 / total)))
  return 2 ** -scale
}

function leavesOf(decision: Decision): Leaf[] {
  return decision.kind === 'leaf' ? [decision] : [...leavesOf(decision.one), ...leavesOf(decision.zero)]
}

/** Sums of the leaves reached. */
function sumTrees(lowering: Lowering, { trees, step }: { trees: Trees; step: number }): TargetSums {
  const { roots, base, targets } = trees
  const code = (value: number) => Math.floor(value / step + 0.5)
  const bias = Float64Array.from(base, code)
  const implied = impliedTarget(trees)
  const targetsOf = roots.map((root) => {
    const named = new Set(leavesOf(root).flatMap(({ weights }) => [...weights.keys()]))
    return [...named].filter((target) => target !== implied).sort((a, b) => a - b)
  })
  const upward = roots.reduce((sum, root, tree) => sum + treeValueRows(root) * (targetsOf[tree]?.length ?? 0), 0)
  const downward = roots.reduce((sum, root) => sum + leafIndicatorRows(root), 0)
  if (downward < upward) {
    const leaves = leafIndicators(lowering, trees)
    const weights = new Int32Array(targets * leaves.length)
    for (const [at, { leaf }] of leaves.entries()) {
      for (const [target, weight] of leaf.weights) weights[target * leaves.length + at] = code(weight)
    }
    for (const root of roots) {
      if (root.kind === 'leaf')
        for (const [target, weight] of root.weights) bias[target] = (bias[target] ?? 0) + code(weight)
    }
    return { references: leaves.map(({ reference }) => reference), weights, bias }
  }
  const wanted = roots.flatMap((root, tree) => (targetsOf[tree] ?? []).map((target) => ({ root, target })))
  const requests = wanted.map(({ root, target }) => ({
    root,
    weigh: ({ weights }: Leaf) => code(weights.get(target) ?? 0),
  }))
  const values = treeValues(lowering, { conditions: trees.conditions, requests })
  const terms: { reference: Reference; target: number }[] = []
  for (const [index, { target }] of wanted.entries()) {
    const value = values[index] ?? 0
    if (typeof value !== 'number') terms.push({ reference: value, target })
    else {
      bias[target] = (bias[target] ?? 0) + value
      if (implied !== undefined) bias[implied] = (bias[implied] ?? 0) - value
    }
  }
  if (implied !== undefined) {
    for (const root of roots) bias[implied] = (bias[implied] ?? 0) + code(leafTotal(leavesOf(root)[0]))
  }
  const weights = new Int32Array(targets * terms.length)
  for (const [at, { target }] of terms.entries()) {
    weights[target * terms.length + at] = 1
    if (implied !== undefined) weights[implied * terms.length + at] = -1
  }
  return { references: terms.map(({ reference }) => reference), weights, bias }
}

/** The last of several targets, where the weights of a tree's every leaf add up to the same: it is what the others leave. */
function impliedTarget({ roots, targets, base }: Trees): number | undefined {
  if (targets < 2 || base.length !== targets) return undefined
  const isImplied = roots.every((root) => {
    const leaves = leavesOf(root)
    const total = leafTotal(leaves[0])
    const near = 1e-6 * leaves.reduce((most, { weights }) => Math.max(most, greatestOf(weights)), 0)
    return leaves.every((leaf) => leaf.weights.size === targets && Math.abs(leafTotal(leaf) - total) <= near)
  })
  return isImplied ? targets - 1 : undefined
}

function greatestOf(weights: Leaf['weights']): number {
  return [...weights.values()].reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)
}

function leafTotal(leaf: Leaf | undefined): number {
  return [...(leaf?.weights.values() ?? [])].reduce((a, b) => a + b, 0)
}

/** The greatest of the leaves reached, or the least, as the greatest of the negatives. */
function extremeTrees(
  lowering: Lowering,
  { trees, step, node }: { trees: Trees; step: number; node: FloatNodeOf<'treeEnsemble'> },
): TargetSums {
  const { roots, base, targets, conditions } = trees
  const sign = node.aggregate === 'min' ? -1 : 1
  const code = (value: number) => sign * Math.floor(value / step + 0.5)
  const bias = Float64Array.from(base, (value) => Math.floor(value / step + 0.5))
  const rows: { target: number; references: (Reference | number)[] }[] = []
  for (let target = 0; target < targets; target++) {
    const naming = roots.filter((root) => leavesOf(root).some(({ weights }) => weights.has(target)))
    if (naming.length === 0) continue
    if (!naming.some((root) => leavesOf(root).every(({ weights }) => weights.has(target)))) {
      throw new QuantizeError(
        `Node "${node.name}" takes the ${node.aggregate} of leaves of which an input may reach none for target ${target}; let every leaf of a tree give it a weight.`,
      )
    }
    // a leaf without a weight counts as the least that any has, which a tree with weights everywhere is never below
    const given = naming.flatMap((root) => leavesOf(root).flatMap(({ weights }) => weights.get(target) ?? []))
    const least = given.reduce((a, b) => Math.min(a, code(b)), Infinity)
    const weigh = ({ weights }: Leaf) => {
      const weight = weights.get(target)
      return weight === undefined ? least : code(weight)
    }
    rows.push({
      target,
      references: treeValues(lowering, { conditions, requests: naming.map((root) => ({ root, weigh })) }),
    })
  }
  const length = rows.reduce((most, { references }) => Math.max(most, references.length), 1)
  const constants = [...new Set(rows.flatMap(({ references }) => references.filter((one) => typeof one === 'number')))]
  const held = constantNode(lowering, { constants, operand: conditions[0] ?? 'zero' })
  const placed = (value: Reference | number | undefined): Reference =>
    typeof value === 'number' ? { node: held, at: constants.indexOf(value) } : (value ?? 'zero')
  const operand = collect(
    lowering,
    rows.flatMap(({ references }) => Array.from({ length }, (_, at) => placed(references[at] ?? references[0]))),
  )
  const window = { ...layerWindow({ outputs: rows.length, length }), s2: length, rowStride: 0 }
  const greatest = lowering.addNode({ op: 'max', ...anyRange, count: rows.length, operand, window })
  const weights = new Int32Array(targets * rows.length)
  for (const [at, { target }] of rows.entries()) weights[target * rows.length + at] = sign
  return { references: rows.map((_, at) => ({ node: greatest, at })), weights, bias }
}

/** A node of constants: every node has an operand, of which these take nothing. */
function constantNode(lowering: Lowering, { constants, operand }: { constants: number[]; operand: Reference }): number {
  if (constants.length === 0) return lowering.graph.inputNode
  return lowering.addNode({
    ...{ op: 'linear', ...anyRange, count: constants.length, shift: 0, operand: collect(lowering, [operand]) },
    weight: lowering.addWeights(new Int32Array(constants.length)),
    bias: lowering.addWeights(Int32Array.from(constants), 4),
    window: layerWindow({ outputs: constants.length, length: 1 }),
  })
}
