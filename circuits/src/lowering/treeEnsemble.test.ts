import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../compile.ts'
import { evaluate, evaluateNodes } from '../evaluate.ts'
import { evaluateFloat } from '../evaluateFloat.ts'
import { inputOf } from '../exactGraph.ts'
import type { FloatGraph, FloatTreeEnsemble, Tree, TreeBranch } from '../floatGraph.ts'
import { graphSignals } from '../intervals.ts'
import { checkPrimitive } from '../primitives/checkPrimitive.ts'
import { type QuantizedModel, quantize } from '../quantize.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { maxOpenedBytes } from '../splitSums.ts'
import { openedBytes, stepElement } from '../step.ts'
import { checkFloatGraph } from './checkFloatGraph.ts'

type TreeOptions = {
  features?: number
  trees?: number
  depth?: number
  /** targets that each leaf gives a weight to, for each tree */
  leafTargets?: (tree: number) => number[]
  targets?: number
  aggregate?: FloatTreeEnsemble['aggregate']
  relations?: TreeBranch['relation'][]
  /** weights of a leaf add up to 1 */
  isShare?: boolean
  isFull?: boolean
  seed?: number
}

/** Random trees whose thresholds are eighths and whose leaves lie in -1 … 1. */
function fakeTrees(options: TreeOptions = {}): FloatGraph {
  const {
    features = 4,
    trees: count = 5,
    depth = 3,
    targets = 1,
    aggregate = 'sum',
    isShare,
    isFull,
    seed = 1,
  } = options
  const { leafTargets = () => [0], relations = ['lessOrEqual', 'less', 'equal'] } = options
  const random = seededRandom(seed)
  const below = (end: number) => Math.floor(random() * end)
  const grow = (tree: Tree, { level, named }: { level: number; named: number[] }): number => {
    if (level === 0 || (!isFull && level < depth && random() < 0.2)) {
      const weights = named.map(() => (isShare ? random() : 2 * random() - 1))
      const total = isShare ? weights.reduce((a, b) => a + b, 0) : 1
      return -tree.leaves.push(named.map((target, at) => ({ target, weight: (weights[at] ?? 0) / total })))
    }
    const relation = relations[below(relations.length)] ?? 'less'
    const branch: TreeBranch = { feature: below(features), relation, threshold: below(64) / 8, yes: -1, no: -1 }
    const index = tree.branches.push(branch) - 1
    branch.yes = grow(tree, { level: level - 1, named })
    branch.no = grow(tree, { level: level - 1, named })
    return index
  }
  const trees = Array.from({ length: count }, (_, index) => {
    const tree: Tree = { root: -1, branches: [], leaves: [] }
    tree.root = grow(tree, { level: depth, named: leafTargets(index) })
    return tree
  })
  const node: FloatTreeEnsemble = {
    ...{ op: 'treeEnsemble', name: 'trees', inputs: ['x'], output: 'y', shape: [1, targets], type: 'float' },
    ...{ trees, aggregate, base: Array.from({ length: targets }, (_, target) => target / 4 + 0.1) },
  }
  return {
    input: { name: 'x', shape: [1, features], type: 'float' },
    output: { name: 'y', shape: [1, targets], type: 'float' },
    constants: new Map(),
    nodes: [node],
  }
}

function exactOf(float: FloatGraph, { inputBits = 6 }: { inputBits?: number } = {}): QuantizedModel {
  const features = float.input.shape[1] ?? 0
  const ends = [new Float32Array(features), new Float32Array(features).fill(7.875)]
  return quantize(float, { calibration: ends, inputBits })
}

/** The greatest difference of the exact model from the float model on grid points, whose real values both get. */
function worstError(float: FloatGraph, model: QuantizedModel): number {
  const random = seededRandom(99)
  const { lo, hi, count } = inputOf(model.graph)
  const { scales = [], zeros = [] } = model.inputGrid ?? {}
  let worst = 0
  for (let run = 0; run < 300; run++) {
    const input = Int32Array.from({ length: count }, () => lo + Math.floor(random() * (hi - lo + 1)))
    const reals = Float32Array.from(input, (q, at) => (q + (zeros[at] ?? 0)) * 2 ** -(scales[at] ?? 0))
    const [expected, exact] = [evaluateFloat(float, reals), evaluate(model.graph, input)]
    for (const [at, value] of expected.entries()) {
      worst = Math.max(worst, Math.abs(value - (exact[at] ?? 0) * 2 ** -model.outputScale))
    }
  }
  return worst
}

const cases: [string, TreeOptions][] = [
  ['one target', {}],
  ['one target, single deep tree', { trees: 1, depth: 7 }],
  ['three targets, one for each tree', { trees: 9, targets: 3, leafTargets: (tree) => [tree % 3] }],
  ['two targets that add up to 1', { targets: 2, leafTargets: () => [0, 1], isShare: true }],
  ['ten targets at every leaf', { targets: 10, leafTargets: () => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], depth: 4 }],
  ['a target that no leaf names', { targets: 2 }],
  ['the greatest leaf', { aggregate: 'max', targets: 2, leafTargets: () => [0, 1] }],
  ['the least leaf', { aggregate: 'min' }],
]

describe('lowerTreeEnsemble', () => {
  for (const [name, options] of cases) {
    it(`behavior: ${name}: decides every branch as the float model does, in all executors`, () => {
      for (const seed of [1, 2, 3]) {
        const float = fakeTrees({ ...options, seed })
        const model = exactOf(float)

        assert.ok(worstError(float, model) <= (options.trees ?? 5) * 2 ** -14)
        checkPrimitive(model.graph, { runs: 6 })
      }
    })
  }

  it('behavior: behind a scaler that turns columns round, branches decide as they did', () => {
    const float = fakeTrees({ features: 3, relations: ['lessOrEqual', 'less'] })
    const [trees] = float.nodes
    if (trees?.op !== 'treeEnsemble') assert.fail('no trees')
    const values = Float32Array.of(-1, 0.5, 0)
    const constants = new Map([['factors', { shape: [3], type: 'float' as const, values }]])
    const scaled: FloatGraph['nodes'][number] = {
      ...{ op: 'binary', function: 'mul', name: 'scaler', inputs: ['x', 'factors'], output: 'scaled' },
      ...{ shape: [1, 3], type: 'float' },
    }
    for (const { branches } of trees.trees) {
      for (const branch of branches) if (branch.feature === 0) branch.threshold -= 8
    }
    const behind: FloatGraph = { ...float, constants, nodes: [scaled, { ...trees, inputs: ['scaled'] }] }
    const calibration = [new Float32Array(3), new Float32Array(3).fill(7.875)]
    const model = quantize(behind, { calibration, inputBits: 6, columnScales: true })

    assert.ok(worstError(behind, model) <= 5 * 2 ** -14)
  })

  it('behavior: several rows are decided one by one', () => {
    const float = fakeTrees({ features: 3, targets: 2, leafTargets: (tree) => [tree % 2] })
    const [trees] = float.nodes
    if (trees?.op !== 'treeEnsemble') assert.fail('no trees')
    const rows: FloatGraph = {
      ...float,
      input: { ...float.input, shape: [2, 3] },
      output: { ...float.output, shape: [2, 2] },
      nodes: [{ ...trees, shape: [2, 2] }],
    }

    const { difference } = checkFloatGraph({ float: rows, reach: 7, isPositive: true, tolerance: 5 * 2 ** -14 })

    assert.ok(difference > 0)
  })

  it('behavior: more leaves than a contract opens are summed in parts', () => {
    const named = [0, 1, 2, 3, 4, 5]
    const float = fakeTrees({ trees: 30, depth: 6, targets: 6, leafTargets: () => named, features: 8, isFull: true })
    const model = exactOf(float, { inputBits: 8 })
    const zeros = new Int32Array(8)

    assert.ok(worstError(float, model) < 30 * 2 ** -14)
    for (const [node, { op }] of model.graph.nodes.entries()) {
      if (op === 'input') continue
      const { reads } = stepElement(model.graph, { node, element: 0, values: evaluateNodes(model.graph, zeros) })
      assert.ok(openedBytes(model.graph, reads) <= maxOpenedBytes)
    }
  })

  it('behavior: a branch that one above it decides takes no condition', () => {
    const float = fakeTrees({ trees: 1, depth: 0 })
    const leaves = [1, 2, 3, 4].map((weight) => [{ target: 0, weight }])
    const branch = { feature: 0, relation: 'lessOrEqual' } as const
    const branches: TreeBranch[] = [
      { ...branch, threshold: 4, yes: 1, no: 2 },
      { ...branch, threshold: 5, yes: -1, no: -2 },
      { ...branch, relation: 'less', threshold: 3, yes: -3, no: -4 },
    ]
    const [node] = float.nodes
    if (node?.op !== 'treeEnsemble') assert.fail('no trees')
    node.trees = [{ root: 0, branches, leaves }]
    const model = exactOf(float)

    const compared = model.graph.nodes.flatMap((one) => (one.op === 'compare' ? one.count : []))

    assert.deepEqual(compared, [1])
    assert.ok(worstError(float, model) < 2 ** -12)
  })

  it('behavior: scores of boosted trees are bounded by their greatest leaves, not by the sum of all', () => {
    const model = exactOf(fakeTrees({ trees: 8, depth: 5, isFull: true }))

    const { output } = graphSignals(model.graph)

    assert.ok(output.bits - model.outputScale <= 5, `${output.bits} bits at scale ${model.outputScale}`)
  })

  it('invariant: 100 trees of depth 6 on 20 features of 12 bits take at most 14,000 constraints', () => {
    const float = fakeTrees({ trees: 100, depth: 6, features: 20, relations: ['lessOrEqual'], isFull: true })
    const random = seededRandom(5)
    const [node] = float.nodes
    if (node?.op !== 'treeEnsemble') assert.fail('no trees')
    for (const { branches } of node.trees) for (const branch of branches) branch.threshold = random() * 7.99

    const { constraints } = compile(exactOf(float, { inputBits: 12 }).graph)

    assert.ok(constraints.length <= 14_000, `${constraints.length} constraints`)
  })

  it('error: the greatest of leaves of which none may be reached names the node', () => {
    const float = fakeTrees({ aggregate: 'max', depth: 2, isFull: true })
    const [node] = float.nodes
    if (node?.op !== 'treeEnsemble') assert.fail('no trees')
    for (const { leaves } of node.trees) leaves[0] = []

    assert.throws(() => exactOf(float), { name: 'QuantizeError', message: /"trees" takes the max of leaves/ })
  })
})
