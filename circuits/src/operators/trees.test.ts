import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFloat } from '../evaluateFloat.ts'
import { fakeClassic, floatList, int, ints, text, textList } from '../fakeOnnx.ts'
import { TensorProto_DataType } from '../onnxSchema.ts'
import { parseOnnx } from '../parseOnnx.ts'
import { compareWithRuntime } from './compareWithRuntime.ts'

const { FLOAT, INT64 } = TensorProto_DataType
const labelled = { label: INT64, scores: FLOAT }

/** Deterministic numbers in [0, 1). */
function numbers(seed: number) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

type Nodes = {
  trees: number[]
  ids: number[]
  features: number[]
  modes: string[]
  values: number[]
  yes: number[]
  no: number[]
  leaves: { tree: number; node: number; target: number; weight: number }[]
}

const branchModes = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ']

/** Random trees of a depth over 5 features of eighths, whose leaves speak of each of the targets. */
function randomTrees({
  count,
  depth,
  targets,
  seed,
  positive = false,
  modes = branchModes,
}: {
  count: number
  depth: number
  targets: number[]
  seed: number
  positive?: boolean
  modes?: string[]
}): Nodes {
  const random = numbers(seed)
  const below = (end: number) => Math.floor(random() * end)
  const nodes: Nodes = { trees: [], ids: [], features: [], modes: [], values: [], yes: [], no: [], leaves: [] }
  for (let tree = 0; tree < count; tree++) {
    let next = 0
    const add = (level: number): number => {
      const id = next++
      const at = nodes.ids.push(id) - 1
      const isLeaf = level === 0 || (level < depth && random() < 0.2)
      nodes.trees.push(tree)
      nodes.features.push(isLeaf ? 0 : below(5))
      nodes.modes.push(isLeaf ? 'LEAF' : (modes[below(modes.length)] ?? ''))
      nodes.values.push(isLeaf ? 0 : below(8) / 8)
      nodes.yes.push(0)
      nodes.no.push(0)
      if (isLeaf) {
        for (const target of targets)
          nodes.leaves.push({ tree, node: id, target, weight: random() - (positive ? 0 : 0.5) })
      } else {
        nodes.yes[at] = add(level - 1)
        nodes.no[at] = add(level - 1)
      }
      return id
    }
    add(depth)
  }
  return nodes
}

function attributesOf(nodes: Nodes, kind: 'class' | 'target') {
  return [
    ints('nodes_treeids', nodes.trees),
    ints('nodes_nodeids', nodes.ids),
    ints('nodes_featureids', nodes.features),
    textList('nodes_modes', nodes.modes),
    floatList('nodes_values', nodes.values),
    ints('nodes_truenodeids', nodes.yes),
    ints('nodes_falsenodeids', nodes.no),
    ints(
      `${kind}_treeids`,
      nodes.leaves.map(({ tree }) => tree),
    ),
    ints(
      `${kind}_nodeids`,
      nodes.leaves.map(({ node }) => node),
    ),
    ints(
      `${kind}_ids`,
      nodes.leaves.map(({ target }) => target),
    ),
    floatList(
      `${kind}_weights`,
      nodes.leaves.map(({ weight }) => weight),
    ),
  ]
}

// eighths, so that thresholds are met exactly as often as not
const draw = (seed: number) => {
  const random = numbers(seed)
  return () => Math.floor(random() * 9) / 8
}

describe('TreeEnsembleRegressor', () => {
  for (const aggregate of ['SUM', 'AVERAGE', 'MIN', 'MAX']) {
    it(`behavior: ${aggregate} means what onnxruntime computes`, async () => {
      const nodes = randomTrees({ count: 6, depth: 4, targets: [0, 1], seed: 1 })
      const base = aggregate === 'SUM' ? [floatList('base_values', [0.5, -0.25])] : []
      const attribute = [
        ...attributesOf(nodes, 'target'),
        text('aggregate_function', aggregate),
        int('n_targets', 2),
        ...base,
      ]
      const bytes = fakeClassic({
        features: 5,
        rows: 2,
        opType: 'TreeEnsembleRegressor',
        attribute,
        outputs: { y: FLOAT },
      })

      await compareWithRuntime(bytes, { outputs: ['y'], draw: draw(2), runs: 50 })
    })
  }

  it('behavior: each relation alone means what onnxruntime computes', async () => {
    for (const mode of branchModes) {
      const nodes = randomTrees({ count: 3, depth: 3, targets: [0], seed: 3, modes: [mode] })
      const attribute = [...attributesOf(nodes, 'target'), int('n_targets', 1)]
      const bytes = fakeClassic({ features: 5, opType: 'TreeEnsembleRegressor', attribute, outputs: { y: FLOAT } })

      await compareWithRuntime(bytes, { outputs: ['y'], draw: draw(4), runs: 50 })
    }
  })
})

describe('TreeEnsembleClassifier', () => {
  const classifier = (nodes: Nodes, { labels, more }: { labels: number[]; more: ReturnType<typeof text>[] }) =>
    fakeClassic({
      features: 5,
      rows: 2,
      opType: 'TreeEnsembleClassifier',
      attribute: [...attributesOf(nodes, 'class'), ints('classlabels_int64s', labels), ...more],
      outputs: labelled,
    })

  for (const transform of ['NONE', 'SOFTMAX', 'LOGISTIC']) {
    it(`behavior: three classes, ${transform}, mean what onnxruntime computes`, async () => {
      const nodes = randomTrees({ count: 6, depth: 4, targets: [0, 1, 2], seed: 5 })
      const bytes = classifier(nodes, { labels: [5, 1, 3], more: [text('post_transform', transform)] })

      await compareWithRuntime(bytes, { outputs: ['label', 'scores'], draw: draw(6), runs: 50 })
    })
  }

  it('behavior: two classes with one score of margins, decided at 0, mean what onnxruntime computes', async () => {
    const nodes = randomTrees({ count: 2, depth: 4, targets: [0], seed: 7 })
    const bytes = classifier(nodes, { labels: [0, 1], more: [text('post_transform', 'NONE')] })

    await compareWithRuntime(bytes, { outputs: ['label', 'scores'], draw: draw(8), runs: 50 })
  })

  // the onnxruntime that is installed takes these for margins; 1.31 gives these values
  it('behavior: two classes with one score of probabilities, decided at ½, are the rest to 1 and the score', () => {
    const stump: Nodes = {
      trees: [0, 0, 0],
      ids: [0, 1, 2],
      features: [0, 0, 0],
      modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'],
      values: [0.5, 0, 0],
      yes: [1, 0, 0],
      no: [2, 0, 0],
      leaves: [
        { tree: 0, node: 1, target: 0, weight: 0.25 },
        { tree: 0, node: 2, target: 0, weight: 0.75 },
      ],
    }
    const bytes = classifier(stump, { labels: [10, 20], more: [text('post_transform', 'NONE')] })
    const run = (output: string) => [
      ...evaluateFloat(parseOnnx(bytes, { output }), Float32Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0)),
    ]

    assert.deepEqual(run('scores'), [0.75, 0.25, 0.25, 0.75])
    assert.deepEqual(run('label'), [10, 20])
  })

  it('error: one score for two classes of which runtimes disagree', () => {
    const ofFirst = randomTrees({ count: 1, depth: 2, targets: [0], seed: 14 })
    const ofSecond = randomTrees({ count: 1, depth: 2, targets: [1], seed: 14 })
    const soft = classifier(ofFirst, { labels: [0, 1], more: [text('post_transform', 'SOFTMAX')] })
    const second = classifier(ofSecond, { labels: [0, 1], more: [] })

    assert.throws(() => parseOnnx(soft), { name: 'UnsupportedOperatorError', message: /SOFTMAX/ })
    assert.throws(() => parseOnnx(second), { name: 'UnsupportedOperatorError', message: /class 1 alone/ })
  })

  it('behavior: two classes with margins through LOGISTIC mean what onnxruntime computes', async () => {
    const nodes = randomTrees({ count: 5, depth: 4, targets: [0], seed: 9 })
    const bytes = classifier(nodes, {
      labels: [0, 1],
      more: [text('post_transform', 'LOGISTIC'), floatList('base_values', [0.3])],
    })

    await compareWithRuntime(bytes, { outputs: ['label', 'scores'], draw: draw(10), runs: 50 })
  })

  it('behavior: two classes with a score each, as forests have, mean what onnxruntime computes', async () => {
    const nodes = randomTrees({ count: 4, depth: 4, targets: [0, 1], seed: 11, positive: true })
    const bytes = classifier(nodes, { labels: [0, 1], more: [text('post_transform', 'NONE')] })

    await compareWithRuntime(bytes, { outputs: ['scores'], draw: draw(12), runs: 50 })
  })
})

describe('trees that are none', () => {
  const plain = randomTrees({ count: 1, depth: 2, targets: [0], seed: 13, modes: ['BRANCH_LEQ'] })
  const refused = (nodes: Nodes, reason: RegExp) => {
    const attribute = [...attributesOf(nodes, 'target'), int('n_targets', 1)]
    const bytes = fakeClassic({ features: 5, opType: 'TreeEnsembleRegressor', attribute, outputs: { y: FLOAT } })
    assert.throws(() => parseOnnx(bytes), { name: 'UnsupportedOperatorError', nodeName: 'n', message: reason })
  }

  it('error: a branch that leads to itself, to nothing, or where another leads', () => {
    refused({ ...plain, yes: plain.yes.with(0, 0) }, /not a tree/)
    refused({ ...plain, yes: plain.yes.with(0, 99) }, /not there/)
    refused({ ...plain, yes: plain.yes.with(0, plain.no[0] ?? 0) }, /not a tree/)
  })

  it('error: a feature, a target or a leaf that is not there', () => {
    refused({ ...plain, features: plain.features.with(0, 5) }, /feature 5 of 5/)
    refused({ ...plain, leaves: plain.leaves.map((leaf) => ({ ...leaf, target: 1 })) }, /number 1 of 1/)
    refused({ ...plain, leaves: plain.leaves.map((leaf) => ({ ...leaf, node: 0 })) }, /no leaf/)
    refused({ ...plain, modes: plain.modes.with(0, 'BRANCH') }, /does not define/)
  })
})
