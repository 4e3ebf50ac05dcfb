import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkModel } from './checkModel.ts'
import { compile } from './compile.ts'
import { fakeClassic, fakeOnnx, floatList, floats, textList } from './fakeOnnx.ts'
import { measureAnswers } from './measureAnswers.ts'
import { TensorProto_DataType } from './onnxSchema.ts'
import { parseOnnx } from './parseOnnx.ts'
import { reportModel } from './reportModel.ts'
import { seededRandom } from './sampleCircuits.ts'
import { optionsOf, type PrecisionTrial, searchPrecision } from './searchPrecision.ts'

/** Two layers of random weights with a ReLU between them; the class of an input is what the float model says. */
function fakeClassifier() {
  const random = seededRandom(3)
  const draw = (count: number) => Array.from({ length: count }, () => 2 * random() - 1)
  const onnx = fakeOnnx({
    input: [1, 8],
    output: [1, 3],
    nodes: [
      { opType: 'Gemm', name: 'first', input: ['x', 'w', 'b'], output: ['h'] },
      { opType: 'Relu', name: 'relu', input: ['h'], output: ['r'] },
      { opType: 'Gemm', name: 'second', input: ['r', 'v'], output: ['y'] },
    ],
    constants: [floats('w', [8, 12], draw(96)), floats('b', [12], draw(12)), floats('v', [12, 3], draw(36))],
  })
  const samples = Array.from({ length: 120 }, () => {
    const values = Float32Array.from({ length: 8 }, random)
    return { values, label: 0 }
  })
  const calibration = samples.map(({ values }) => values)
  return { onnx, samples, calibration }
}

/** Samples with the float model's own answers as labels. */
function labelled({ onnx, samples, calibration }: ReturnType<typeof fakeClassifier>) {
  const { float, quantized } = checkModel({ onnx, calibration, inputBits: 12, weightBits: 14, activationBits: 16 })
  return samples.map(({ values }) => {
    const right = [0, 1, 2].find(
      (label) => measureAnswers({ float, quantized }, [{ values, label }]).accuracy?.float === 1,
    )
    return { values, label: right ?? 0 }
  })
}

describe('checkModel', () => {
  it('behavior: measures accuracy beside the float model, and takes all settings of quantize', () => {
    const model = fakeClassifier()
    const samples = labelled(model)

    const coarse = checkModel({ ...model, samples, inputBits: 1, weightBits: 2 })
    const fine = checkModel({ ...model, samples, inputBits: 8 })

    assert.equal(fine.accuracy?.float, 1)
    assert.ok((coarse.accuracy?.exact ?? 1) < (fine.accuracy?.exact ?? 0))
    assert.ok((fine.measured?.difference ?? 1) < 0.05)
    assert.equal(checkModel({ ...model, samples: [] }).measured, undefined)
  })
})

describe('checkModel of a classifier', () => {
  const onnx = fakeClassic({
    features: 2,
    opType: 'LinearClassifier',
    attribute: [
      textList('classlabels_strings', ['no', 'yes', 'perhaps']),
      floatList('coefficients', [1, 0, 0, 1, -1, -1]),
      floatList('intercepts', [0, 0, 0]),
    ],
    outputs: { label: TensorProto_DataType.STRING, scores: TensorProto_DataType.FLOAT },
  })
  const calibration = [Float32Array.of(1, -1), Float32Array.of(-1, 1)]

  it('behavior: scores have the names of the classes, and a label is one number', () => {
    const scores = checkModel({ onnx, calibration })
    const label = checkModel({ onnx, calibration, output: 'label' })

    assert.deepEqual(scores.labels, ['no', 'yes', 'perhaps'])
    assert.deepEqual(scores.quantized.outputShape, [3])
    assert.equal(label.labels, undefined)
    assert.deepEqual(label.quantized.outputShape, [1])
    assert.ok(Object.is(label.quantized.outputScale, 0))
  })
})

describe('reportModel', () => {
  it('invariant: constraints of nodes, input and signals add up to the circuit', () => {
    const checked = checkModel(fakeClassifier())

    const report = reportModel(checked, { inputs: [] })

    const inNodes = report.layers.reduce((sum, { constraints }) => sum + constraints, 0)
    assert.equal(report.cost.constraints, compile(checked.quantized.graph).constraints.length)
    assert.equal(inNodes + report.inputConstraints + report.signalConstraints, report.cost.constraints)
    assert.equal(report.inputConstraints, 8 * 4)
    assert.ok(report.signalConstraints > 0)
  })

  it('behavior: names each node with its error, which finer settings make less', () => {
    const model = fakeClassifier()
    const errors = [4, 10].map((bits) => {
      const checked = checkModel({ ...model, inputBits: bits, weightBits: bits, activationBits: bits })
      return reportModel(checked, { inputs: model.calibration }).layers.map(({ name, error }) => ({ name, error }))
    })
    const [coarse = [], fine = []] = errors

    assert.deepEqual(
      fine.map(({ name }) => name),
      ['first', 'relu', 'second'],
    )
    // the ReLU is done with the first sum, which stands nowhere before it
    assert.equal(fine.at(0)?.error, undefined)
    assert.ok((fine.at(-1)?.error ?? 1) < 0.01)
    assert.ok((coarse.at(-1)?.error ?? 0) > 10 * (fine.at(-1)?.error ?? 0))
  })
})

describe('searchPrecision', () => {
  it('behavior: finds a cheaper setting that loses no more than it may, also on samples it did not look at', () => {
    const model = fakeClassifier()
    const samples = labelled(model)
    const trials: PrecisionTrial[] = []
    const options = { calibration: model.calibration, inputBits: 8 }
    const float = parseOnnx(model.onnx)

    const found = searchPrecision(float, {
      ...{ options, samples, goal: { maxLoss: 0.02 } },
      onTrial: (trial) => trials.push(trial),
    })

    assert.ok(found.constraints < found.start.constraints)
    assert.ok(found.loss <= 0.02)
    assert.ok((found.verified.accuracy?.exact ?? 0) >= 0.98)
    assert.equal(found.verified.samples, 60)
    assert.equal(trials.length, found.trials)
    const chosen = checkModel({ onnx: model.onnx, ...optionsOf(found.setting, options) })
    assert.equal(compile(chosen.quantized.graph).constraints.length, found.constraints)
  })

  it('behavior: with a budget alone, gives up no more than it asks for', () => {
    const model = fakeClassifier()
    const float = parseOnnx(model.onnx)
    const options = { calibration: model.calibration, inputBits: 8 }
    const { cost } = reportModel(checkModel({ ...model, inputBits: 8 }), { inputs: [] })
    const maxConstraints = cost.constraints - 20

    const found = searchPrecision(float, { options, samples: model.samples, goal: { maxConstraints } })

    assert.ok(found.constraints <= maxConstraints)
    assert.ok(found.setting.inputBits >= 4, JSON.stringify(found.setting))
  })

  it('behavior: raises bits where the given ones lose too much', () => {
    const model = fakeClassifier()
    const samples = labelled(model)
    const options = { calibration: model.calibration, inputBits: 2, weightBits: 3 }

    const found = searchPrecision(parseOnnx(model.onnx), { options, samples, goal: { maxLoss: 0.03 } })

    assert.ok(found.start.loss > 0.03)
    assert.ok(found.loss <= 0.03)
    assert.ok(found.setting.inputBits > 2)
  })

  it('error: a goal out of reach says how near it came', () => {
    const model = fakeClassifier()
    const options = { calibration: model.calibration }

    assert.throws(
      () => searchPrecision(parseOnnx(model.onnx), { options, samples: model.samples, goal: { maxConstraints: 10 } }),
      {
        name: 'PrecisionSearchError',
        message: /^No precision was found within the goal; the nearest has \d+ constraints/,
      },
    )
  })
})
