import type { FloatTreeEnsemble, Tree, TreeBranch, TreeChild } from '../floatGraph.ts'
import { OnnxLimitError } from '../onnxErrors.ts'
import { readTensor } from '../onnxTensor.ts'
import { classify, postTransform, readClasses, rowsOf } from './classic.ts'
import { emit, type Operand, type Operator, refuse, type Site } from './site.ts'

const nodeAttributes = [
  'base_values',
  'base_values_as_tensor',
  'nodes_falsenodeids',
  'nodes_featureids',
  'nodes_hitrates',
  'nodes_hitrates_as_tensor',
  'nodes_missing_value_tracks_true',
  'nodes_modes',
  'nodes_nodeids',
  'nodes_treeids',
  'nodes_truenodeids',
  'nodes_values',
  'nodes_values_as_tensor',
  'post_transform',
]
const leafAttributes = (kind: 'class' | 'target') =>
  ['ids', 'nodeids', 'treeids', 'weights', 'weights_as_tensor'].map((name) => `${kind}_${name}`)

/** Ensembles of decision trees of ai.onnx.ml: forests and gradient boosting. */
export const treeOperators: Record<string, Operator> = {
  TreeEnsemble: {
    attributes: [
      'aggregate_function',
      'leaf_targetids',
      'leaf_weights',
      'membership_values',
      'n_targets',
      'nodes_falseleafs',
      'nodes_falsenodeids',
      'nodes_featureids',
      'nodes_hitrates',
      'nodes_missing_value_tracks_true',
      'nodes_modes',
      'nodes_splits',
      'nodes_trueleafs',
      'nodes_truenodeids',
      'post_transform',
      'tree_roots',
    ],
    inputs: [1, 1],
    lower: lowerTreeEnsemble,
  },
  TreeEnsembleClassifier: {
    attributes: [...nodeAttributes, ...leafAttributes('class'), 'classlabels_int64s', 'classlabels_strings'],
    inputs: [1, 1],
    lower: lowerTreeClassifier,
  },
  TreeEnsembleRegressor: {
    attributes: [...nodeAttributes, ...leafAttributes('target'), 'aggregate_function', 'n_targets'],
    inputs: [1, 1],
    lower: lowerTreeRegressor,
  },
}

type Leaf = { target: number; weight: number }
/** A node before its tree is put in order: a branch, whose children are keys of other nodes, or a leaf. */
type Raw =
  | { leaf: Leaf[] }
  | {
      feature: number
      relation: TreeBranch['relation']
      /** more than one: the feature is equal to any */
      thresholds: number[]
      yes: string
      no: string
    }

/** Puts a tree in order, branches before their children; a node that two branches share would make it no tree. */
function buildTree(site: Site, { root, nodes }: { root: string; nodes: Map<string, Raw> }): Tree {
  const tree: Tree = { root: -1, branches: [], leaves: [] }
  const seen = new Set<string>()
  const waiting: { key: string; put: (child: TreeChild) => void }[] = []
  const next = (key: string, put: (child: TreeChild) => void) => waiting.push({ key, put })
  next(root, (child) => {
    tree.root = child
  })
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const { key, put } = item
    const raw = nodes.get(key)
    if (raw === undefined) throw refuse(site, `a branch leads to the node ${key}, which is not there`)
    if (seen.has(key)) throw refuse(site, `two branches lead to the node ${key}, so that it is not a tree`)
    seen.add(key)
    if ('leaf' in raw) {
      put(-tree.leaves.push(raw.leaf))
      continue
    }
    const { feature, relation, thresholds, yes, no } = raw
    // a membership is a chain of equalities, whose yes is one and the same child: only a leaf can be copied
    const shared = nodes.get(yes)
    if (thresholds.length > 1 && (shared === undefined || !('leaf' in shared))) {
      throw refuse(site, 'a branch on membership (BRANCH_MEMBER) has a branch behind it; supported is a leaf')
    }
    let place = put
    for (const [index, threshold] of thresholds.entries()) {
      const branch: TreeBranch = { feature, relation, threshold, yes: -1, no: -1 }
      place(tree.branches.push(branch) - 1)
      place = (child) => {
        branch.no = child
      }
      if (index === thresholds.length - 1) next(no, place)
      const putYes = (child: TreeChild) => {
        branch.yes = child
      }
      if (index === 0 || shared === undefined || !('leaf' in shared)) next(yes, putYes)
      else putYes(-tree.leaves.push(shared.leaf))
    }
  }
  return tree
}

/** Relations without their opposites: where one of those stands, the children change places. */
const modes: Record<string, { relation: TreeBranch['relation']; swap: boolean }> = {
  BRANCH_LEQ: { relation: 'lessOrEqual', swap: false },
  BRANCH_LT: { relation: 'less', swap: false },
  BRANCH_GTE: { relation: 'less', swap: true },
  BRANCH_GT: { relation: 'lessOrEqual', swap: true },
  BRANCH_EQ: { relation: 'equal', swap: false },
  BRANCH_NEQ: { relation: 'equal', swap: true },
}

/** Numbers of an attribute that may also be a tensor. */
function numbersOf(site: Site, name: string): number[] {
  const { attributes, lowering } = site
  const tensor = attributes.has(`${name}_as_tensor`) ? attributes.tensor(`${name}_as_tensor`) : undefined
  if (tensor === undefined) return attributes.floats(name) ?? []
  return Array.from(readTensor(tensor, { limits: lowering.limits, external: lowering.external }).values)
}

/** The trees of the older operators, which name nodes by tree and number. */
function readTrees(site: Site, { kind, x }: { kind: 'class' | 'target'; x: Operand }): Tree[] {
  const list = (name: string) => site.attributes.integers(name) ?? []
  const keyOf = (tree: number | undefined, node: number | undefined) => `${tree}:${node}`
  const [treeIds, nodeIds, features] = [list('nodes_treeids'), list('nodes_nodeids'), list('nodes_featureids')]
  const [yesIds, noIds] = [list('nodes_truenodeids'), list('nodes_falsenodeids')]
  const [kinds, thresholds] = [site.attributes.texts('nodes_modes') ?? [], numbersOf(site, 'nodes_values')]
  const lengths = [nodeIds, features, yesIds, noIds, kinds, thresholds].map(({ length }) => length)
  checkNodes(site, { count: treeIds.length, lengths })
  const nodes = new Map<string, Raw>()
  const roots = new Map<number, string>()
  for (const [index, tree] of treeIds.entries()) {
    const key = keyOf(tree, nodeIds[index])
    const mode = kinds[index] ?? ''
    if (nodes.has(key)) throw refuse(site, `the node ${key} is there twice`)
    // the first node of a tree is its root
    if (!roots.has(tree)) roots.set(tree, key)
    if (mode === 'LEAF') nodes.set(key, { leaf: [] })
    else {
      const known = Object.hasOwn(modes, mode) ? modes[mode] : undefined
      if (known === undefined) throw refuse(site, `a node is of mode ${mode.slice(0, 40)}, which ONNX does not define`)
      const children = [keyOf(tree, yesIds[index]), keyOf(tree, noIds[index])]
      const [yes = '', no = ''] = known.swap ? children.reverse() : children
      const feature = checkFeature(site, [features[index] ?? 0, x])
      nodes.set(key, { feature, relation: known.relation, thresholds: [thresholds[index] ?? 0], yes, no })
    }
  }
  const weights = numbersOf(site, `${kind}_weights`)
  const [leafTrees, leafNodes] = [list(`${kind}_treeids`), list(`${kind}_nodeids`)]
  for (const [index, target] of list(`${kind}_ids`).entries()) {
    const raw = nodes.get(keyOf(leafTrees[index], leafNodes[index]))
    if (raw !== undefined && 'leaf' in raw) raw.leaf.push({ target, weight: weights[index] ?? 0 })
    else throw refuse(site, `a weight belongs to the node ${leafTrees[index]}:${leafNodes[index]}, which is no leaf`)
  }
  return [...roots.values()].map((root) => buildTree(site, { root, nodes }))
}

function checkNodes(site: Site, { count, lengths }: { count: number; lengths: number[] }) {
  const allowed = site.lowering.limits.elements
  if (count > allowed) throw new OnnxLimitError({ what: 'nodes in trees', actual: count, allowed })
  if (count === 0 || lengths.some((length) => length !== count)) {
    throw refuse(site, `its lists of nodes have ${count}, ${lengths.join(', ')} entries; all need one for each node`)
  }
}

function checkFeature(site: Site, [feature, x]: [number, Operand]): number {
  const features = x.shape[1] ?? 0
  if (feature >= 0 && feature < features) return feature
  throw refuse(site, `a node reads feature ${feature} of ${features}`)
}

type Ensemble = { x: Operand; trees: Tree[]; targets: number; aggregate: string; base: number[] }

/** Adds the node; an average is a sum of weights over the number of trees. */
function ensemble(site: Site, { x, trees, targets, aggregate, base }: Ensemble): Operand {
  const target = trees
    .flatMap(({ leaves }) => leaves.flat())
    .find((leaf) => !(leaf.target >= 0 && leaf.target < targets))
  if (target !== undefined) throw refuse(site, `a leaf gives a weight to number ${target.target} of ${targets}`)
  const names: Record<string, FloatTreeEnsemble['aggregate']> = { SUM: 'sum', AVERAGE: 'sum', MIN: 'min', MAX: 'max' }
  const name = Object.hasOwn(names, aggregate) ? names[aggregate] : undefined
  if (name === undefined) throw refuse(site, `aggregate_function is ${aggregate.slice(0, 40)}`)
  const values = base.length === 0 ? new Array<number>(targets).fill(0) : base
  if (values.length !== targets) throw refuse(site, `it has ${base.length} base values for ${targets} outputs`)
  const average = aggregate === 'AVERAGE'
  const shape = [x.shape[0] ?? 1, targets]
  const sum = emit(site, {
    op: 'treeEnsemble',
    trees: average ? trees.map((tree) => scaleTree(tree, 1 / trees.length)) : trees,
    aggregate: name,
    base: values,
    inputs: [x],
    shape,
    type: 'float',
  })
  return sum
}

function scaleTree(tree: Tree, factor: number): Tree {
  const leaves = tree.leaves.map((leaf) => leaf.map(({ target, weight }) => ({ target, weight: weight * factor })))
  return { ...tree, leaves }
}

function lowerTreeRegressor(site: Site) {
  const { attributes } = site
  const x = rowsOf(site)
  const targets = attributes.integer('n_targets', 1)
  const trees = readTrees(site, { kind: 'target', x })
  const aggregate = attributes.text('aggregate_function', 'SUM')
  const scores = ensemble(site, { x, trees, targets, aggregate, base: numbersOf(site, 'base_values') })
  return postTransform(site, [scores, attributes.text('post_transform', 'NONE')])
}

/**
 * One score for each class, the greatest of which is the label. Two classes whose leaves all give weights to class 0 have a single score,
 * the second class'; weights that are all positive are then probabilities, decided at ½, and others are margins, decided at 0. So
 * scikit-learn's converter means it, and onnxruntime 1.31 reads it; 1.27 takes all for margins.
 */
function lowerTreeClassifier(site: Site) {
  const { attributes } = site
  const x = rowsOf(site)
  const classes = readClasses(site)
  const transform = attributes.text('post_transform', 'NONE')
  const trees = readTrees(site, { kind: 'class', x })
  const base = numbersOf(site, 'base_values')
  const leaves = trees.flatMap((tree) => tree.leaves.flat())
  const named = new Set(leaves.map(({ target }) => target))
  if (classes.count === 2 && named.size === 1) {
    const [only = 0] = named
    const single = trees.map((tree) => ({
      ...tree,
      leaves: tree.leaves.map((leaf) => leaf.map(({ weight }) => ({ target: 0, weight }))),
    }))
    // here runtimes disagree, so that no answer would be the model's
    if (only !== 0)
      throw refuse(site, `its leaves give weights to class ${only} alone; supported is class 0 alone, or both`)
    if (transform === 'SOFTMAX')
      throw refuse(site, 'it has one score for two classes and SOFTMAX; supported is LOGISTIC')
    const scores = ensemble(site, { x, trees: single, targets: 1, aggregate: 'SUM', base })
    const positive = leaves.every(({ weight }) => weight >= 0)
    const decision = positive
      ? { threshold: 0.5, opposite: 'rest' as const }
      : { threshold: 0, opposite: 'neg' as const }
    return classify(site, { scores, classes, transform, ...decision })
  }
  const scores = ensemble(site, { x, trees, targets: classes.count, aggregate: 'SUM', base })
  return classify(site, { scores, classes, transform, threshold: 0, opposite: 'neg' })
}

const modeNames = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ', 'BRANCH_MEMBER']

/** The operator of ai.onnx.ml 5: one list of branches, one of leaves, each with one target. */
function lowerTreeEnsemble(site: Site) {
  const { attributes, lowering } = site
  const x = rowsOf(site)
  const list = (name: string) => attributes.integers(name) ?? []
  const tensor = (name: string) => {
    const found = attributes.tensor(name)
    return found === undefined
      ? []
      : Array.from(readTensor(found, { limits: lowering.limits, external: lowering.external }).values)
  }
  const [features, yesIds, noIds] = [list('nodes_featureids'), list('nodes_truenodeids'), list('nodes_falsenodeids')]
  const [yesLeafs, noLeafs] = [list('nodes_trueleafs'), list('nodes_falseleafs')]
  const [splits, kinds, weights] = [tensor('nodes_splits'), tensor('nodes_modes'), tensor('leaf_weights')]
  const targets = list('leaf_targetids')
  const lengths = [yesIds, noIds, yesLeafs, noLeafs, splits, kinds].map(({ length }) => length)
  checkNodes(site, { count: features.length, lengths })
  const nodes = new Map<string, Raw>()
  for (const [index, target] of targets.entries()) {
    nodes.set(`leaf ${index}`, { leaf: [{ target, weight: weights[index] ?? 0 }] })
  }
  const members = membershipLists(tensor('membership_values'))
  for (const [index, given] of features.entries()) {
    const mode = modeNames[kinds[index] ?? -1] ?? ''
    const known = mode === 'BRANCH_MEMBER' ? modes.BRANCH_EQ : modes[mode]
    const thresholds = mode === 'BRANCH_MEMBER' ? members.next().value : [splits[index] ?? 0]
    if (known === undefined || thresholds === undefined || thresholds.length === 0) {
      throw refuse(site, `branch ${index} is of mode ${kinds[index]}, or without values to compare with`)
    }
    const child = (isLeaf: number | undefined, at: number | undefined) => `${isLeaf ? 'leaf' : 'branch'} ${at}`
    const children = [child(yesLeafs[index], yesIds[index]), child(noLeafs[index], noIds[index])]
    const [yes = '', no = ''] = known.swap ? children.reverse() : children
    const feature = checkFeature(site, [given, x])
    nodes.set(`branch ${index}`, { feature, relation: known.relation, thresholds, yes, no })
  }
  // a tree of one leaf is written as a branch whose two children are that leaf
  const trees = list('tree_roots').map((root) => buildTree(site, soleLeaf({ root: `branch ${root}`, nodes })))
  const aggregate = ['AVERAGE', 'SUM', 'MIN', 'MAX'][attributes.integer('aggregate_function', 1)] ?? ''
  const count = attributes.integer('n_targets', 1)
  const scores = ensemble(site, { x, trees, targets: count, aggregate, base: [] })
  const transform = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT'][attributes.integer('post_transform', 0)]
  return postTransform(site, [scores, transform ?? ''])
}

function soleLeaf({ root, nodes }: { root: string; nodes: Map<string, Raw> }) {
  const raw = nodes.get(root)
  return raw !== undefined && 'yes' in raw && raw.yes === raw.no && raw.yes.startsWith('leaf')
    ? { root: raw.yes, nodes }
    : { root, nodes }
}

/** The lists of members of the branches on membership, in their order: NaN ends each. */
function* membershipLists(values: number[]): Generator<number[], undefined> {
  let list: number[] = []
  for (const value of values) {
    if (!Number.isNaN(value)) list.push(value)
    else {
      yield list
      list = []
    }
  }
  if (list.length > 0) yield list
}
