import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFloat } from '../evaluateFloat.ts'
import { fakeClassic, fakeOnnx, float, floatList, floats, int, ints, text, textList } from '../fakeOnnx.ts'
import { TensorProto_DataType } from '../onnxSchema.ts'
import { parseOnnx, parseOnnxModel } from '../parseOnnx.ts'
import { compareWithRuntime } from './compareWithRuntime.ts'

const { FLOAT, INT64, STRING } = TensorProto_DataType
const labelled = { label: INT64, scores: FLOAT }
const alone = { y: FLOAT }

/** Deterministic numbers in [-1, 1). */
function numbers(seed: number) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}
const list = (length: number, seed: number) => Array.from({ length }, numbers(seed))

describe('operators of ai.onnx.ml', () => {
  for (const transform of ['NONE', 'SOFTMAX', 'LOGISTIC']) {
    it(`behavior: LinearClassifier of three classes, ${transform}, means what onnxruntime computes`, async () => {
      const attribute = [
        ints('classlabels_ints', [7, 3, 5]),
        floatList('coefficients', list(12, 1)),
        floatList('intercepts', list(3, 2)),
        text('post_transform', transform),
      ]
      const bytes = fakeClassic({ features: 4, rows: 2, opType: 'LinearClassifier', attribute, outputs: labelled })

      await compareWithRuntime(bytes, { outputs: ['label', 'scores'], draw: numbers(3) })
    })
  }

  for (const transform of ['NONE', 'LOGISTIC']) {
    it(`behavior: LinearClassifier of one score for two classes, ${transform}, means what onnxruntime computes`, async () => {
      const attribute = [
        ints('classlabels_ints', [0, 1]),
        floatList('coefficients', list(4, 4)),
        floatList('intercepts', [0.2]),
        text('post_transform', transform),
      ]
      const bytes = fakeClassic({ features: 4, opType: 'LinearClassifier', attribute, outputs: labelled })

      await compareWithRuntime(bytes, { outputs: ['label', 'scores'], draw: numbers(5) })
    })
  }

  it('behavior: LinearRegressor of two targets means what onnxruntime computes', async () => {
    const attribute = [floatList('coefficients', list(8, 6)), floatList('intercepts', [1, -1]), int('targets', 2)]
    const bytes = fakeClassic({ features: 4, rows: 3, opType: 'LinearRegressor', attribute, outputs: alone })

    await compareWithRuntime(bytes, { outputs: ['y'], draw: numbers(7) })
  })

  it('behavior: SVMClassifier with support vectors of two and of three classes means what onnxruntime computes', async () => {
    for (const perClass of [
      [3, 2],
      [2, 3, 2],
    ]) {
      const total = perClass.reduce((sum, count) => sum + count, 0)
      const attribute = [
        ints('classlabels_ints', [4, 2, 9].slice(0, perClass.length)),
        text('kernel_type', 'LINEAR'),
        floatList('kernel_params', [0.1, 0, 3]),
        floatList('support_vectors', list(total * 4, 8)),
        floatList('coefficients', list(total * (perClass.length - 1), 9)),
        floatList('rho', list((perClass.length * (perClass.length - 1)) / 2, 10)),
        ints('vectors_per_class', perClass),
      ]
      const bytes = fakeClassic({ features: 4, opType: 'SVMClassifier', attribute, outputs: labelled })

      await compareWithRuntime(bytes, { outputs: ['label', 'scores'], draw: numbers(11) })
    }
  })

  it('behavior: SVMClassifier of coefficients alone means what onnxruntime computes', async () => {
    const attribute = [
      ints('classlabels_ints', [0, 1, 2]),
      text('kernel_type', 'LINEAR'),
      floatList('kernel_params', [0.1, 0, 3]),
      floatList('coefficients', list(12, 12)),
      floatList('rho', [0.3]),
    ]
    const bytes = fakeClassic({ features: 4, opType: 'SVMClassifier', attribute, outputs: labelled })

    await compareWithRuntime(bytes, { outputs: ['label', 'scores'], draw: numbers(13) })
  })

  it('behavior: SVMRegressor, also of one class, means what onnxruntime computes', async () => {
    for (const one of [0, 1]) {
      const attribute = [
        text('kernel_type', 'LINEAR'),
        floatList('kernel_params', [0.1, 0, 3]),
        floatList('support_vectors', list(12, 14)),
        floatList('coefficients', list(3, 15)),
        floatList('rho', [-0.1]),
        int('n_supports', 3),
        int('one_class', one),
      ]
      const bytes = fakeClassic({ features: 4, opType: 'SVMRegressor', attribute, outputs: alone })

      await compareWithRuntime(bytes, { outputs: ['y'], draw: numbers(16) })
    }
  })

  it('behavior: Scaler and Binarizer mean what onnxruntime computes', async () => {
    const scaler = [floatList('offset', list(4, 17)), floatList('scale', [0.5, 2, 3, -1])]
    for (const [opType, attribute] of [
      ['Scaler', scaler],
      ['Scaler', [floatList('offset', [0.5]), floatList('scale', [4])]],
      ['Binarizer', [float('threshold', 0.25)]],
    ] as const) {
      const bytes = fakeClassic({ features: 4, rows: 2, opType, attribute: [...attribute], outputs: alone })

      await compareWithRuntime(bytes, { outputs: ['y'], draw: numbers(18) })
    }
  })

  for (const norm of ['MAX', 'L1', 'L2']) {
    it(`behavior: Normalizer ${norm} means what onnxruntime computes, also of zeros`, async () => {
      const bytes = fakeClassic({
        features: 4,
        rows: 2,
        opType: 'Normalizer',
        attribute: [text('norm', norm)],
        outputs: alone,
      })

      await compareWithRuntime(bytes, { outputs: ['y'], draw: numbers(19) })
      await compareWithRuntime(bytes, { outputs: ['y'], draw: () => 0, runs: 1 })
    })
  }

  it('behavior: Imputer means what onnxruntime computes, of a number and of what is none', async () => {
    for (const replaced of [-1, Number.NaN]) {
      const random = numbers(20)
      const attribute = [floatList('imputed_value_floats', [1, 2, 3, 4]), float('replaced_value_float', replaced)]
      const bytes = fakeClassic({ features: 4, rows: 2, opType: 'Imputer', attribute, outputs: alone })

      await compareWithRuntime(bytes, { outputs: ['y'], draw: () => (random() < 0 ? replaced : random()) })
    }
  })

  it('behavior: of several outputs the one of floats is read, and a label that is a text is its number, with the names', () => {
    const attribute = [
      textList('classlabels_strings', ['no', 'yes', 'perhaps']),
      floatList('coefficients', [1, 0, 0, 1, -1, -1]),
      floatList('intercepts', [0, 0, 0]),
    ]
    const bytes = fakeClassic({
      features: 2,
      opType: 'LinearClassifier',
      attribute,
      outputs: { label: STRING, scores: FLOAT },
    })

    assert.equal(parseOnnx(bytes).output.name, 'scores')
    const { graph, labels } = parseOnnxModel(bytes, { output: 'label' })
    assert.deepEqual(labels, ['no', 'yes', 'perhaps'])
    assert.deepEqual([...evaluateFloat(graph, Float32Array.of(1, 2))], [1])
    assert.deepEqual([...evaluateFloat(graph, Float32Array.of(-1, -2))], [2])
  })

  it('error: what no linear kernel and no supported transform says', () => {
    for (const [opType, attribute] of [
      ['SVMClassifier', [ints('classlabels_ints', [0, 1]), text('kernel_type', 'RBF')]],
      ['LinearRegressor', [floatList('coefficients', [1, 2, 3, 4]), text('post_transform', 'PROBIT')]],
      ['LinearRegressor', [floatList('coefficients', [1, 2, 3])]],
      ['Normalizer', [text('norm', 'L3')]],
    ] as const) {
      const bytes = fakeClassic({ features: 4, opType, attribute: [...attribute], outputs: alone })

      assert.throws(() => parseOnnx(bytes), { name: 'UnsupportedOperatorError', nodeName: 'n', operator: opType })
    }
  })

  it('error: weights of the standard domain are not read under another name', () => {
    const bytes = fakeOnnx({
      nodes: [{ name: 'n', opType: 'Scaler', domain: '', input: ['x'], output: ['y'] }],
      constants: [floats('w', [1], [1])],
    })

    assert.throws(() => parseOnnx(bytes), { name: 'UnsupportedOperatorError', operator: 'Scaler' })
  })
})
