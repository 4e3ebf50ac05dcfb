import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { compile } from '@assay/circuits/compile'
import { evaluate } from '@assay/circuits/evaluate'
import { graphSignals } from '@assay/circuits/intervals'
import { unpackOutput } from '@assay/circuits/packing'
import { parseOnnx } from '@assay/circuits/parseOnnx'
import { quantize, quantizeInput } from '@assay/circuits/quantize'
import { findViolation } from '@assay/circuits/r1cs'
import { computeWitness } from '@assay/circuits/witness'
import { measureFloat } from './measureFloat.ts'
import { loadMnist } from './mnist.ts'

/** The fixture models that `npm start` publishes. */
export const fixtureModels = ['test/fixtures/models/mnist-mlp.onnx', 'test/fixtures/models/mnist-cnn.onnx']

/** What was measured of one model on held-out digits. Accuracies are shares of 1. */
export type ModelMeasure = {
  file: string
  digits: number
  floatAccuracy: number
  exactAccuracy: number
  /** digits for which the witness's packed outputs equal the evaluator's integers bit for bit */
  witnessEqual: number
  /** digits, of the first few, whose whole witness satisfies every constraint */
  satisfied: number
  satisfiedOf: number
  constraints: number
  wires: number
  /** size of the evaluation domain: the power of two that holds the constraints and the public signals */
  domain: number
}

/**
 * Measures the float model under onnxruntime, the exact graph, and the circuit's witness on the first `digits` held-out digits.
 * @param files paths of ONNX models that classify 28×28 digits
 */
export async function measureModels(
  files: string[],
  { digits, satisfiedOf = 10 }: { digits: number; satisfiedOf?: number },
): Promise<ModelMeasure[]> {
  const { train, heldOut } = loadMnist()
  const sample = heldOut.slice(0, digits)
  const floats = await measureFloat(files, sample)
  return files.map((file, index) => {
    const quantized = quantize(parseOnnx(readFileSync(file)), { calibration: train.map(({ pixels }) => pixels) })
    const r1cs = compile(quantized.graph)
    const { output } = graphSignals(quantized.graph)
    let [right, witnessEqual, satisfied] = [0, 0, 0]
    for (const [at, { pixels, label }] of sample.entries()) {
      const input = quantizeInput(pixels, quantized)
      const exact = evaluate(quantized.graph, input)
      if (exact.indexOf(Math.max(...exact)) === label) right++
      const { witness, signals } = computeWitness(quantized.graph, { input, binding: BigInt(at) })
      if (unpackOutput(signals.slice(0, -2), output).every((value, element) => value === exact[element])) witnessEqual++
      if (at < satisfiedOf && findViolation(r1cs, witness) === undefined) satisfied++
    }
    const signalCount = r1cs.outputCount + r1cs.publicInputCount
    return {
      file: basename(file),
      digits: sample.length,
      floatAccuracy: (floats[index]?.correct ?? 0) / sample.length,
      exactAccuracy: right / sample.length,
      witnessEqual,
      satisfied,
      satisfiedOf: Math.min(satisfiedOf, sample.length),
      constraints: r1cs.constraints.length,
      wires: r1cs.wireCount,
      domain: 2 ** Math.ceil(Math.log2(r1cs.constraints.length + signalCount + 1)),
    }
  })
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { digits: { type: 'string', default: '1000' } } })
  const digits = Number(values.digits)
  if (!Number.isInteger(digits) || digits < 1 || digits > 1000) {
    console.error(`--digits is "${values.digits}"; give a whole number from 1 to 1000.`)
    process.exit(2)
  }
  const measures = await measureModels(fixtureModels, { digits })
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const rows = [
    ['model', 'float', 'exact graph', 'witness = exact', 'constraints hold', 'constraints', 'domain'],
    ...measures.map((measure) => [
      measure.file,
      percent(measure.floatAccuracy),
      percent(measure.exactAccuracy),
      `${measure.witnessEqual} of ${measure.digits}`,
      `${measure.satisfied} of ${measure.satisfiedOf}`,
      String(measure.constraints),
      String(measure.domain),
    ]),
  ]
  for (const row of rows)
    console.log(
      row
        .map((cell) => cell.padEnd(18))
        .join('')
        .trimEnd(),
    )
  const wrong = measures.find(
    (measure) => measure.witnessEqual !== measure.digits || measure.satisfied !== measure.satisfiedOf,
  )
  if (wrong) {
    console.error(`${wrong.file}: the witness and the exact graph disagree.`)
    process.exit(1)
  }
}
