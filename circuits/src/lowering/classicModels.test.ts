import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fakeClassic, float, floatList, int, ints, text } from '../fakeOnnx.ts'
import { TensorProto_DataType } from '../onnxSchema.ts'
import { parseOnnx } from '../parseOnnx.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { checkFloatGraph } from './checkFloatGraph.ts'

const { FLOAT, INT64 } = TensorProto_DataType
const labelled = { label: INT64, scores: FLOAT }
const alone = { y: FLOAT }
const fine = { weightBits: 12, activationBits: 14, tableBits: 12, saturationBits: 14 }

/** Sixteenths in -1 … 1, which weights of few bits hold exactly. */
function list(length: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length }, () => Math.round(32 * random() - 16) / 16)
}

const linear = [
  ints('classlabels_ints', [7, 3, 5]),
  floatList('coefficients', list(12, 1)),
  floatList('intercepts', list(3, 2)),
]
const binary = [
  ints('classlabels_ints', [0, 1]),
  floatList('coefficients', list(4, 4)),
  floatList('intercepts', [0.25]),
]
const pairs = [
  ints('classlabels_ints', [4, 2, 9]),
  text('kernel_type', 'LINEAR'),
  floatList('support_vectors', list(28, 8)),
  floatList('coefficients', list(14, 9)),
  floatList('rho', list(3, 10)),
  ints('vectors_per_class', [2, 3, 2]),
]
const support = [
  text('kernel_type', 'LINEAR'),
  floatList('support_vectors', list(12, 14)),
  floatList('coefficients', list(3, 15)),
  floatList('rho', [-0.125]),
  int('n_supports', 3),
]

type Case = {
  name: string
  opType: string
  attribute: NonNullable<Parameters<typeof fakeClassic>[0]['attribute']>
  outputs?: Record<string, TensorProto_DataType>
  output?: string
  tolerance: number
  isPositive?: boolean
}

const cases: Case[] = [
  ...['NONE', 'SOFTMAX', 'LOGISTIC'].map(
    (transform): Case => ({
      ...{ name: `LinearClassifier of three classes, ${transform}`, opType: 'LinearClassifier', outputs: labelled },
      ...{ attribute: [...linear, text('post_transform', transform)], tolerance: transform === 'NONE' ? 0 : 0.02 },
    }),
  ),
  {
    ...{ name: 'LinearClassifier of two classes by one score', opType: 'LinearClassifier', outputs: labelled },
    ...{ attribute: [...binary, text('post_transform', 'LOGISTIC')], tolerance: 0.01 },
  },
  {
    ...{ name: 'LinearClassifier, its label', opType: 'LinearClassifier', attribute: linear, outputs: labelled },
    ...{ output: 'label', tolerance: 0 },
  },
  {
    ...{ name: 'LinearClassifier of two classes, its label', opType: 'LinearClassifier', attribute: binary },
    ...{ outputs: labelled, output: 'label', tolerance: 0 },
  },
  {
    ...{ name: 'LinearRegressor of two targets', opType: 'LinearRegressor', tolerance: 0 },
    attribute: [floatList('coefficients', list(8, 6)), floatList('intercepts', [1, -1]), int('targets', 2)],
  },
  { name: 'SVMClassifier', opType: 'SVMClassifier', attribute: pairs, outputs: labelled, tolerance: 0.01 },
  {
    ...{ name: 'SVMClassifier, its label by votes', opType: 'SVMClassifier', attribute: pairs, outputs: labelled },
    ...{ output: 'label', tolerance: 0 },
  },
  { name: 'SVMRegressor', opType: 'SVMRegressor', attribute: support, tolerance: 0.01 },
  {
    ...{ name: 'SVMRegressor of one class', opType: 'SVMRegressor', tolerance: 0 },
    attribute: [...support, int('one_class', 1)],
  },
  {
    ...{ name: 'Scaler', opType: 'Scaler', tolerance: 0 },
    attribute: [floatList('offset', list(4, 17)), floatList('scale', [0.5, 2, 3, -1])],
  },
  { name: 'Binarizer', opType: 'Binarizer', attribute: [float('threshold', 0.25)], tolerance: 0 },
  { name: 'Normalizer L1', opType: 'Normalizer', attribute: [text('norm', 'L1')], tolerance: 0.02 },
  { name: 'Normalizer L2', opType: 'Normalizer', attribute: [text('norm', 'L2')], tolerance: 0.02 },
  { name: 'Normalizer MAX', opType: 'Normalizer', attribute: [text('norm', 'MAX')], tolerance: 0.02, isPositive: true },
  {
    ...{ name: 'Imputer of a number', opType: 'Imputer', tolerance: 0 },
    attribute: [floatList('imputed_value_floats', [1, 2, 3, 4]), float('replaced_value_float', -1)],
  },
  {
    ...{ name: 'Imputer of what is no number, which an exact input never is', opType: 'Imputer', tolerance: 0 },
    attribute: [floatList('imputed_value_floats', [1, 2, 3, 4]), float('replaced_value_float', Number.NaN)],
  },
]

describe('classical models', () => {
  for (const { name, opType, attribute, outputs = alone, output, tolerance, isPositive = false } of cases) {
    it(`behavior: ${name}: the exact model gives what the float model gives, in all executors`, () => {
      const bytes = fakeClassic({ features: 4, opType, attribute, outputs })
      const graph = parseOnnx(bytes, output === undefined ? {} : { output })

      const { difference } = checkFloatGraph({ float: graph, reach: 2, tolerance, isPositive, settings: fine })

      assert.ok(difference <= tolerance)
    })
  }
})
