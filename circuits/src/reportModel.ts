import { type CircuitCost, circuitCost } from './circuitCost.ts'
import { compile } from './compile.ts'
import { type LayeredModel, type LayerMeasure, measureLayers } from './measureLayers.ts'

/** What a model costs and where it loses precision. */
export type ModelReport = {
  cost: CircuitCost
  /** nodes of the float model in their order */
  layers: LayerMeasure[]
  /** range checks of the input's elements */
  inputConstraints: number
  /** packing of inputs and outputs, the input's commitment, and the binding */
  signalConstraints: number
}

/** Inputs that errors of layers are measured on at most: they are means over all elements. */
const layerInputs = 32

/**
 * Reports constraints and error of each node, sizes of the keys, and what a proof takes. It compiles the circuit, which for a million
 * weights takes a second.
 * @param inputs real inputs in the ONNX model's element order
 * @param threads that the prover is to use
 * @throws GraphInvalidError
 */
export function reportModel(
  model: LayeredModel,
  { inputs, threads }: { inputs: readonly Float32Array[]; threads?: number },
): ModelReport {
  const cost = circuitCost(compile(model.quantized.graph), threads === undefined ? {} : { threads })
  const { layers, inputConstraints } = measureLayers(model, spread(inputs))
  const inNodes = layers.reduce((sum, { constraints }) => sum + constraints, inputConstraints)
  return { cost, layers, inputConstraints, signalConstraints: cost.constraints - inNodes }
}

/** Some inputs, evenly spread over all. */
function spread(inputs: readonly Float32Array[]): Float32Array[] {
  const count = Math.min(inputs.length, layerInputs)
  return Array.from(
    { length: count },
    (_, index) => inputs[Math.floor((index * inputs.length) / count)] ?? new Float32Array(),
  )
}
