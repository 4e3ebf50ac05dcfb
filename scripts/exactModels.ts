import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ExactGraph, LinearNode, WeightTensor } from '@assay/circuits/exactGraph'
import { rowWindow } from '@assay/circuits/exactGraph'
import type { FloatGraph } from '@assay/circuits/floatGraph'
import { parseOnnx } from '@assay/circuits/parseOnnx'
import { type QuantizedModel, quantize, quantizeInput } from '@assay/circuits/quantize'
import { loadMnist } from './mnist.ts'
import { seededRandom } from './seededRandom.ts'
import { listZoo, loadZoo, type ZooModel } from './zoo/loadZoo.ts'

/** A model that is measured and audited: its exact graph and a few of its inputs. */
export type ExactModel = { name: string; graph: ExactGraph; inputs: Int32Array[] }

const fixtures = ['test/fixtures/models/mnist-mlp.onnx', 'test/fixtures/models/mnist-cnn.onnx']
const wideName = 'random-784-1024-256-10'

/** Names of all models that {@link loadExactModel} knows: the fixtures, the zoo, and a network of a million random weights. */
export function exactModelNames(): string[] {
  return [
    ...new Set([...fixtures.map((file) => basename(file, '.onnx')), ...listZoo().map(({ name }) => name), wideName]),
  ]
}

/**
 * A model as integers, at the settings that it is published with, and up to ten inputs that were not used to set its scales.
 * @throws the errors of parseOnnx and quantize
 */
export function loadExactModel(name: string): ExactModel {
  if (name === wideName) return wideNetwork()
  const fixture = fixtures.find((file) => basename(file, '.onnx') === name)
  if (fixture !== undefined) {
    const { train, heldOut } = loadMnist()
    const onnx = readFileSync(join(import.meta.dirname, '..', fixture))
    const quantized = quantize(parseOnnx(onnx), { calibration: train.map(({ pixels }) => pixels) })
    return {
      name,
      graph: quantized.graph,
      inputs: heldOut.slice(0, 10).map(({ pixels }) => quantizeInput(pixels, quantized)),
    }
  }
  const zoo = loadZoo(name)
  const { quantized } = quantizeZoo(zoo)
  return {
    name,
    graph: quantized.graph,
    inputs: zoo.samples.slice(0, 10).map(({ values }) => quantizeInput(values, quantized)),
  }
}

/**
 * A model of the zoo and its exact form: the output that it is measured by, its bits of an input element, all else at the default.
 * @throws the errors of parseOnnx and quantize
 */
export function quantizeZoo({ onnx, output, calibration, inputBits }: ZooModel): {
  float: FloatGraph
  quantized: QuantizedModel
} {
  const float = parseOnnx(onnx, { output })
  return { float, quantized: quantize(float, { calibration, inputBits }) }
}

/** 784 → 1024 → 256 → 10 with 1,067,520 random weights of 8 bits, inputs of 4 bits, hidden values of 10 in the worst case. */
function wideNetwork(): ExactModel {
  const random = seededRandom(1_067_520)
  const sizes = [784, 1024, 256, 10]
  const graph: ExactGraph = {
    nodes: [{ op: 'input', count: 784, width: 1, lo: 0, hi: 15 }],
    weights: [],
    inputNode: 0,
    outputNode: sizes.length - 1,
  }
  let most = 15
  for (const [index, outputs] of sizes.slice(1).entries()) {
    const inputs = sizes[index] ?? 0
    const values = Int32Array.from({ length: inputs * outputs }, () => Math.floor(random() * 255) - 127)
    const weight: WeightTensor = { width: 1, values }
    const bias: WeightTensor = { width: 4, values: new Int32Array(outputs) }
    const isLast = index === sizes.length - 2
    let greatest = 0
    for (let row = 0; row < outputs; row++) {
      let sum = 0
      for (let term = 0; term < inputs; term++) sum += Math.max(0, (values[row * inputs + term] ?? 0) * most)
      greatest = Math.max(greatest, sum)
    }
    const shift = isLast ? 0 : Math.max(0, Math.ceil(Math.log2((greatest + 1) / 1023)))
    const bound = isLast ? 2 ** 31 - 1 : 1023
    const node: LinearNode = {
      ...{ op: 'linear', count: outputs, width: isLast ? 4 : 2, lo: isLast ? -(2 ** 31) : 0, hi: bound },
      ...{ shift, operand: index, weight: graph.weights.length, bias: graph.weights.length + 1 },
      window: { ...rowWindow({ rows: outputs, length: inputs, rowStride: inputs }), s2: 0 },
    }
    graph.weights.push(weight, bias)
    graph.nodes.push(node)
    most = bound
  }
  const inputs = Array.from({ length: 10 }, () => Int32Array.from({ length: 784 }, () => Math.floor(random() * 16)))
  return { name: wideName, graph, inputs }
}
