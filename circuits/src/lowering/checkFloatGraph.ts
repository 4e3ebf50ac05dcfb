import assert from 'node:assert/strict'
import { evaluate } from '../evaluate.ts'
import { evaluateFloat } from '../evaluateFloat.ts'
import { inputOf } from '../exactGraph.ts'
import type { FloatConstant, FloatGraph, FloatNode, FloatTensor } from '../floatGraph.ts'
import { checkPrimitive } from '../primitives/checkPrimitive.ts'
import { type QuantizedModel, type QuantizeOptions, quantize, quantizeInput } from '../quantize.ts'
import { seededRandom } from '../sampleCircuits.ts'

/** For tests: a float graph of the nodes, whose last makes the output. */
export function floatGraph({
  input,
  constants = {},
  nodes,
}: {
  input: FloatTensor
  constants?: Record<string, { shape: number[]; values: readonly number[]; type?: FloatConstant['type'] }>
  nodes: FloatNode[]
}): FloatGraph {
  const last = nodes.at(-1)
  if (!last) throw new RangeError('a graph has a node')
  const held = Object.entries(constants).map(([name, { shape, values, type = 'float' }]): [string, FloatConstant] => [
    name,
    { shape, type, values: type === 'float' ? Float32Array.from(values) : Float64Array.from(values) },
  ])
  const output = { name: last.output, shape: last.shape, type: last.type }
  return { input, output, constants: new Map(held), nodes }
}

/** What {@link checkFloatGraph} is told. */
export type FloatGraphCheck = {
  float: FloatGraph
  /** inputs lie in -reach … reach, or from 0 on if `isPositive` */
  reach: number
  isPositive?: boolean
  /** greatest difference of the exact model's output from the float model's on any input */
  tolerance: number
  settings?: Omit<QuantizeOptions, 'calibration'>
  runs?: number
  seed?: number
  /** whether rows and witness are checked too, which takes small models */
  isProved?: boolean
}

/**
 * For tests: quantizes a float graph and holds the exact one against it on random inputs that the exact input expresses, then its
 * executors against each other.
 * @returns the model, its number of constraints where they are checked, and the greatest difference met
 */
export function checkFloatGraph(check: FloatGraphCheck): QuantizedModel & { rows: number; difference: number } {
  const { float, reach, isPositive = false, tolerance, settings = {}, runs = 100, seed = 1, isProved = true } = check
  const random = seededRandom(seed)
  const count = float.input.shape.reduce((product, length) => product * length, 1)
  const draw = () => {
    const value = isPositive ? random() * reach : (2 * random() - 1) * reach
    return float.input.type === 'float' ? value : Math.round(value)
  }
  const calibration = Array.from({ length: 50 }, () => Float32Array.from({ length: count }, draw))
  const bits = float.input.type === 'float' ? { inputBits: 8 } : {}
  const model = quantize(float, { calibration, ...bits, ...settings })
  const { lo, hi } = inputOf(model.graph)
  let worst = 0
  for (let run = 0; run < runs; run++) {
    const reals = Float32Array.from({ length: count }, () => {
      const integer = Math.min(Math.max(Math.round(draw() * 2 ** model.inputScale), lo), hi)
      return integer * 2 ** -model.inputScale
    })
    const expected = evaluateFloat(float, reals)
    const actual = evaluate(model.graph, quantizeInput(reals, model))
    assert.equal(actual.length, expected.length)
    for (const [at, value] of expected.entries()) {
      const difference = Math.abs((actual[at] ?? 0) * 2 ** -model.outputScale - value)
      assert.ok(difference <= tolerance, `element ${at} is ${difference} from ${value} on run ${run}`)
      worst = Math.max(worst, difference)
    }
  }
  const rows = isProved ? checkPrimitive(model.graph, { runs: 3, seed }).constraints.length : 0
  return { ...model, rows, difference: worst }
}
