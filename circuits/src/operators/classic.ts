import { choose, compare } from './elementwise.ts'
import { gather } from './layout.ts'
import { fullLayer } from './matrix.ts'
import { softmax } from './normalization.ts'
import { argMax, reduce } from './reduction.ts'
import {
  binary,
  emit,
  listOf,
  makeConstant,
  type Operand,
  type Operator,
  operand,
  refuse,
  reshape,
  type Site,
  unary,
} from './site.ts'

const kernelAttributes = ['kernel_params', 'kernel_type', 'post_transform', 'rho', 'coefficients', 'support_vectors']
const labelAttributes = ['classlabels_ints', 'classlabels_strings', 'classlabels_int64s']

/** The classical models of ai.onnx.ml, other than trees. */
export const classicOperators: Record<string, Operator> = {
  ArrayFeatureExtractor: { attributes: [], inputs: [2, 2], lower: lowerFeatureExtractor },
  Binarizer: { attributes: ['threshold'], inputs: [1, 1], lower: lowerBinarizer },
  Imputer: {
    attributes: ['imputed_value_floats', 'imputed_value_int64s', 'replaced_value_float', 'replaced_value_int64'],
    inputs: [1, 1],
    lower: lowerImputer,
  },
  LinearClassifier: {
    attributes: [...labelAttributes, 'coefficients', 'intercepts', 'multi_class', 'post_transform'],
    inputs: [1, 1],
    lower: lowerLinearClassifier,
  },
  LinearRegressor: {
    attributes: ['coefficients', 'intercepts', 'post_transform', 'targets'],
    inputs: [1, 1],
    lower: lowerLinearRegressor,
  },
  Normalizer: { attributes: ['norm'], inputs: [1, 1], lower: lowerNormalizer },
  SVMClassifier: {
    attributes: [...kernelAttributes, ...labelAttributes, 'prob_a', 'prob_b', 'vectors_per_class'],
    inputs: [1, 1],
    lower: lowerSvmClassifier,
  },
  SVMRegressor: {
    attributes: [...kernelAttributes, 'n_supports', 'one_class'],
    inputs: [1, 1],
    lower: lowerSvmRegressor,
  },
  Scaler: { attributes: ['offset', 'scale'], inputs: [1, 1], lower: lowerScaler },
  ZipMap: { attributes: ['classlabels_int64s', 'classlabels_strings'], inputs: [1, 1], lower: lowerZipMap },
}

/** Rows of features `[n, features]`; one row may stand without its first dimension. */
export function rowsOf(site: Site): Operand {
  const x = operand(site, 0)
  const rows = x.shape.length === 1 ? reshape(site, [x, [1, ...x.shape]]) : x
  if (rows.shape.length !== 2)
    throw refuse(site, `its input has the shape [${listOf(x.shape)}]; allowed is [n, features]`)
  return rows.type === 'float' ? rows : emit(site, { op: 'cast', inputs: [rows], shape: rows.shape, type: 'float' })
}

/** What a node does to its scores at last. */
export function postTransform(site: Site, [scores, name]: [Operand, string]): Operand {
  if (name === 'NONE') return scores
  if (name === 'LOGISTIC') return unary(site, ['sigmoid', scores])
  if (name === 'SOFTMAX') return softmax(site, [scores, -1])
  throw refuse(site, `post_transform is ${name.slice(0, 40)}; supported are NONE, LOGISTIC and SOFTMAX`)
}

/** How many classes a classifier names, and what they are called. */
export type Classes = { count: number; numbers: number[] | undefined; names: string[] | undefined }

/** The classes a node names; their names are the model's labels, whichever of its outputs is asked for. */
export function readClasses(site: Site): Classes {
  const { attributes } = site
  const has = (name: string) => (attributes.has(name) ? name : undefined)
  const numbers = attributes.integers(has('classlabels_ints') ?? 'classlabels_int64s')
  const names = attributes.texts('classlabels_strings')
  const filled = numbers !== undefined && numbers.length > 0 ? numbers : undefined
  const count = filled?.length ?? names?.length ?? 0
  if (count > 0) {
    if (filled === undefined) site.lowering.labels = names
    return { count, numbers: filled, names: filled === undefined ? names : undefined }
  }
  throw refuse(site, 'it names no classes')
}

/** The class of each row from its number among the classes: its label where labels are numbers, else its position, with names. */
export function classLabel(site: Site, [position, { numbers, names }]: [Operand, Classes]): Operand {
  if (names !== undefined) return position
  if (numbers === undefined || numbers.every((label, index) => label === index)) return position
  const labels = makeConstant(site, { values: numbers, shape: [numbers.length], type: 'integer' })
  return gather(site, { data: labels, indices: position, axis: 0 })
}

/** Two columns of one: what counts against, then what counts for. */
export function twoColumns(site: Site, [against, scores]: [Operand, Operand]): Operand {
  const shape = [scores.shape[0] ?? 1, 2]
  return emit(site, { op: 'concat', axis: 1, inputs: [against, scores], shape, type: 'float' })
}

/** A number for every element of a shape to broadcast with. */
export function single(site: Site, [value, like]: [number, Operand]): Operand {
  return makeConstant(site, { values: [value], shape: [], type: like.type })
}

/** Scores of one layer: `count` rows of coefficients, one for each feature, and as many intercepts, or none. */
function linearScores(site: Site, [x, count, intercepts]: [Operand, number, number[]]): Operand {
  const coefficients = site.attributes.floats('coefficients') ?? []
  const features = x.shape[1] ?? 0
  if (coefficients.length !== count * features || (intercepts.length > 0 && intercepts.length !== count)) {
    const found = `${coefficients.length} coefficients and ${intercepts.length} intercepts`
    throw refuse(
      site,
      `it has ${found}; ${count} outputs of ${features} features need ${count * features} and ${count}`,
    )
  }
  const weight = makeConstant(site, { values: coefficients, shape: [count, features] })
  const bias = intercepts.length === 0 ? undefined : makeConstant(site, { values: intercepts, shape: [count] })
  return fullLayer(site, { x, weight, ...(bias && { bias }) })
}

function lowerLinearRegressor(site: Site) {
  const { attributes } = site
  const targets = attributes.integer('targets', 1)
  const scores = linearScores(site, [rowsOf(site), targets, attributes.floats('intercepts') ?? []])
  return postTransform(site, [scores, attributes.text('post_transform', 'NONE')])
}

function lowerLinearClassifier(site: Site) {
  const { attributes } = site
  const x = rowsOf(site)
  const classes = readClasses(site)
  const transform = attributes.text('post_transform', 'NONE')
  const rows = (attributes.floats('coefficients') ?? []).length / (x.shape[1] ?? 1)
  const scores = linearScores(site, [x, rows, attributes.floats('intercepts') ?? []])
  return classify(site, { scores, classes, transform, threshold: 0, opposite: 'rest' })
}

/** What a classifier decides by. */
export type Decision = {
  scores: Operand
  classes: Classes
  transform: string
  /** a single score above it means the second class */
  threshold: number
  /** the first class' score where there is only the second's: its negative, or what is left to 1 */
  opposite: 'neg' | 'rest'
}

/** A classifier's two outputs: label and scores, of which only what is read is made. */
export function classify(site: Site, { scores, classes, transform, threshold, opposite }: Decision) {
  const count = scores.shape[1] ?? 1
  const [wantsLabel, wantsScores] = [Boolean(site.node.output[0]), Boolean(site.node.output[1])]
  if (count !== classes.count && !(count === 1 && classes.count === 2)) {
    throw refuse(site, `it has ${count} scores for ${classes.count} classes`)
  }
  const label = () => {
    if (count > 1) {
      const position = argMax(site, { x: scores, axis: 1, keep: false, least: false, last: false })
      return classLabel(site, [position, classes])
    }
    const above = compare(site, ['greater', scores, single(site, [threshold, scores])])
    const number = emit(site, { op: 'cast', inputs: [above], shape: above.shape, type: 'integer' })
    return classLabel(site, [reshape(site, [number, [number.shape[0] ?? 1]]), classes])
  }
  const columns = () => {
    if (count > 1) return postTransform(site, [scores, transform])
    if (opposite === 'rest' && transform === 'NONE') {
      return twoColumns(site, [binary(site, ['sub', single(site, [1, scores]), scores]), scores])
    }
    return postTransform(site, [twoColumns(site, [unary(site, ['neg', scores]), scores]), transform])
  }
  return [wantsLabel ? label() : undefined, wantsScores ? columns() : undefined]
}

function checkKernel(site: Site) {
  const kernel = site.attributes.text('kernel_type', 'LINEAR')
  if (kernel !== 'LINEAR') throw refuse(site, `kernel_type is ${kernel.slice(0, 40)}; supported is LINEAR`)
}

/** With a linear kernel the support vectors add up to one vector of weights. */
function lowerSvmRegressor(site: Site) {
  checkKernel(site)
  const { attributes } = site
  const x = rowsOf(site)
  const features = x.shape[1] ?? 0
  const supports = attributes.integer('n_supports', 0)
  const coefficients = attributes.floats('coefficients') ?? []
  const vectors = supports > 0 ? (attributes.floats('support_vectors') ?? []) : undefined
  const weights = new Float64Array(features)
  if (vectors === undefined ? coefficients.length !== features : vectors.length !== supports * features) {
    throw refuse(site, `its vectors are not of ${features} features each`)
  }
  for (const [index, value] of (vectors ?? coefficients).entries()) {
    const by = vectors === undefined ? 1 : (coefficients[Math.floor(index / features)] ?? 0)
    weights[index % features] = (weights[index % features] ?? 0) + by * value
  }
  const rho = attributes.floats('rho') ?? []
  const score = fullLayer(site, {
    x,
    weight: makeConstant(site, { values: weights, shape: [1, features] }),
    bias: makeConstant(site, { values: [rho[0] ?? 0], shape: [1] }),
  })
  if (attributes.integer('one_class', 0) === 0) {
    return postTransform(site, [score, attributes.text('post_transform', 'NONE')])
  }
  const above = compare(site, ['greater', score, single(site, [0, score])])
  return choose(site, [above, single(site, [1, score]), single(site, [-1, score])])
}

/** Without support vectors a layer; with them, each pair of classes is decided by one row of weights, and decisions are votes. */
function lowerSvmClassifier(site: Site) {
  checkKernel(site)
  const { attributes } = site
  const x = rowsOf(site)
  const classes = readClasses(site)
  const perClass = attributes.integers('vectors_per_class') ?? []
  const transform = attributes.text('post_transform', 'NONE')
  const rho = attributes.floats('rho') ?? []
  if ((attributes.floats('prob_a') ?? []).length > 0) {
    throw refuse(site, 'it has Platt probabilities (prob_a); export it with probability=False')
  }
  if (perClass.length === 0) {
    const scores = linearScores(site, [x, classes.count, []])
    const shifted = binary(site, ['add', scores, single(site, [rho[0] ?? 0, scores])])
    return classify(site, { scores: shifted, classes, transform, threshold: 0, opposite: 'neg' })
  }
  const pairs = pairWeights(site, { perClass, features: x.shape[1] ?? 0 })
  const decisions = fullLayer(site, {
    x,
    weight: makeConstant(site, { values: pairs.weights, shape: [pairs.count, x.shape[1] ?? 0] }),
    bias: makeConstant(site, { values: rho.slice(0, pairs.count), shape: [pairs.count] }),
  })
  const wantsScores = Boolean(site.node.output[1])
  const columns = pairs.count === 1 ? twoColumns(site, [unary(site, ['neg', decisions]), decisions]) : decisions
  return [
    site.node.output[0] ? classLabel(site, [votes(site, [decisions, perClass.length]), classes]) : undefined,
    wantsScores ? postTransform(site, [columns, transform]) : undefined,
  ]
}

/** For each pair of classes i < j, Σ coefficient · support vector over the vectors of both. */
function pairWeights(site: Site, { perClass, features }: { perClass: number[]; features: number }) {
  const vectors = site.attributes.floats('support_vectors') ?? []
  const coefficients = site.attributes.floats('coefficients') ?? []
  const total = perClass.reduce((sum, count) => sum + count, 0)
  if (vectors.length !== total * features || coefficients.length !== total * (perClass.length - 1)) {
    throw refuse(site, `its ${total} vectors of ${features} features do not agree with its coefficients`)
  }
  const starts = perClass.map((_, index) => perClass.slice(0, index).reduce((sum, count) => sum + count, 0))
  const count = (perClass.length * (perClass.length - 1)) / 2
  const weights = new Float64Array(count * features)
  let row = 0
  for (let i = 0; i < perClass.length; i++) {
    for (let j = i + 1; j < perClass.length; j++) {
      for (const [own, other] of [
        [i, j - 1],
        [j, i],
      ] as const) {
        const first = starts[own] ?? 0
        for (let vector = first; vector < first + (perClass[own] ?? 0); vector++) {
          const by = coefficients[other * total + vector] ?? 0
          for (let k = 0; k < features; k++) {
            weights[row * features + k] =
              (weights[row * features + k] ?? 0) + by * (vectors[vector * features + k] ?? 0)
          }
        }
      }
      row++
    }
  }
  return { weights, count }
}

/** The class that most pairs decide for: each pair gives its first class 1 or its second. */
function votes(site: Site, [decisions, count]: [Operand, number]): Operand {
  const pairs = decisions.shape[1] ?? 1
  const above = compare(site, ['greater', decisions, single(site, [0, decisions])])
  const won = emit(site, { op: 'cast', inputs: [above], shape: above.shape, type: 'float' })
  const [weights, bias] = [new Float32Array(count * pairs), new Float32Array(count)]
  let row = 0
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      weights[i * pairs + row] = 1
      weights[j * pairs + row] = -1
      bias[j] = (bias[j] ?? 0) + 1
      row++
    }
  }
  const weight = makeConstant(site, { values: weights, shape: [count, pairs] })
  const tally = fullLayer(site, { x: won, weight, bias: makeConstant(site, { values: bias, shape: [count] }) })
  return argMax(site, { x: tally, axis: 1, keep: false, least: false, last: false })
}

function lowerScaler(site: Site) {
  const x = rowsOf(site)
  const features = x.shape[1] ?? 1
  const [offset, scale] = ['offset', 'scale'].map((name) => {
    const values = site.attributes.floats(name) ?? []
    if (values.length === 1 || values.length === features) return makeConstant(site, { values, shape: [values.length] })
    throw refuse(site, `${name} has ${values.length} numbers; allowed are 1 or ${features}`)
  })
  if (offset === undefined || scale === undefined) return x
  return binary(site, ['mul', binary(site, ['sub', x, offset]), scale])
}

/** Each row over its greatest value, the sum of its absolute values, or its length; rows of zeros stay. */
function lowerNormalizer(site: Site) {
  const x = rowsOf(site)
  const norm = site.attributes.text('norm', 'MAX')
  const total = (name: 'sum' | 'max', of: Operand) => reduce(site, { name, x: of, axes: [1], keep: true })
  const size = () => {
    if (norm === 'MAX') return total('max', x)
    if (norm === 'L1') return total('sum', unary(site, ['abs', x]))
    if (norm === 'L2') return unary(site, ['sqrt', total('sum', binary(site, ['mul', x, x]))])
    throw refuse(site, `norm is ${norm.slice(0, 40)}; allowed are MAX, L1 and L2`)
  }
  const divisor = size()
  const isZero = compare(site, ['equal', divisor, single(site, [0, divisor])])
  return binary(site, ['div', x, choose(site, [isZero, single(site, [1, divisor]), divisor])])
}

/** The map's values without their keys: scores in the order of the classes, whose names are kept. */
function lowerZipMap(site: Site) {
  site.lowering.labels = site.attributes.texts('classlabels_strings') ?? site.lowering.labels
  return operand(site, 0)
}

function lowerImputer(site: Site) {
  const { attributes } = site
  const x = rowsOf(site)
  const values = attributes.floats('imputed_value_floats') ?? attributes.integers('imputed_value_int64s') ?? []
  if (values.length !== 1 && values.length !== x.shape[1]) {
    throw refuse(site, `it replaces by ${values.length} numbers; allowed are 1 or ${x.shape[1]}`)
  }
  const imputed = makeConstant(site, { values, shape: [values.length] })
  const replaced = attributes.has('imputed_value_floats')
    ? attributes.number('replaced_value_float', 0)
    : attributes.integer('replaced_value_int64', 0)
  const missing = Number.isNaN(replaced)
    ? unary(site, ['isNaN', x])
    : compare(site, ['equal', x, single(site, [replaced, x])])
  return choose(site, [missing, imputed, x])
}

function lowerBinarizer(site: Site) {
  const x = operand(site, 0)
  const above = compare(site, ['greater', x, single(site, [site.attributes.float('threshold', 0), x])])
  return emit(site, { op: 'cast', inputs: [above], shape: above.shape, type: 'float' })
}

/** Columns by their number; of a list, a row of one. */
function lowerFeatureExtractor(site: Site) {
  const [x, given] = [operand(site, 0), operand(site, 1)]
  const count = given.shape.reduce((product, length) => product * length, 1)
  const picked = gather(site, { data: x, indices: reshape(site, [given, [count]]), axis: x.shape.length - 1 })
  return x.shape.length === 1 ? reshape(site, [picked, [1, count]]) : picked
}
