import { countRows } from './countRows.ts'
import { evaluateNodes } from './evaluate.ts'
import { evaluateFloatTensors } from './evaluateFloat.ts'
import { type FloatGraph, floatOperatorName } from './floatGraph.ts'
import { clipOf } from './lowering/target.ts'
import { type QuantizedLayer, type QuantizedModel, quantizeInput } from './quantize.ts'

/** What one node of the float model became, costs and loses. */
export type LayerMeasure = {
  name: string
  operator: string
  /** exact nodes that it became; 0 where another node does its work, or reading it does */
  nodes: number
  constraints: number
  /** √(Σ (exact - float)² / Σ float²) of its output, all that was lost before it included; undefined where it stands nowhere by itself */
  error: number | undefined
}

/** A float model as it was lowered, with what `quantizeLayers` says of it. */
export type LayeredModel = { float: FloatGraph; quantized: QuantizedModel; layers: QuantizedLayer[] }

/**
 * Constraints and errors of a model, node by node of the float model.
 * @param inputs real inputs in the ONNX model's element order; a few dozen tell enough
 * @returns the layers, and the constraints of the input's range checks; packing, commitment and binding come on top
 */
export function measureLayers(
  { float, quantized, layers }: LayeredModel,
  inputs: readonly Float32Array[],
): { layers: LayerMeasure[]; inputConstraints: number } {
  const rows = countRows(quantized.graph).map((node) => node.rows)
  const sums = layers.map(() => ({ missed: 0, total: 0 }))
  const clamped = clampedTensors(layers)
  for (const values of inputs) {
    const expected = evaluateFloatTensors(float, values)
    const exact = evaluateNodes(quantized.graph, quantizeInput(values, quantized))
    for (const [index, { node, place }] of layers.entries()) {
      const [reals, sum] = [expected.get(node.output), sums[index]]
      if (!place || !reals || !sum || clamped.has(node.output)) continue
      const integers = exact[place.node]
      for (const [at, value] of reals.entries()) {
        const q = integers?.[place.map[at] ?? -1] ?? 0
        sum.missed += (q * (place.steps[at] ?? 0) + (place.offsets[at] ?? 0) - value) ** 2
        sum.total += value ** 2
      }
    }
  }
  const last = layers.length - 1
  return {
    inputConstraints: rows[quantized.graph.inputNode] ?? 0,
    layers: layers.map(({ node, first, end, place }, index) => {
      const { missed, total } = sums[index] ?? { missed: 0, total: 0 }
      // what the output's order takes belongs to the last node
      const own = rows.slice(first, index === last ? undefined : end)
      return {
        ...{ name: node.name, operator: floatOperatorName(node), nodes: own.length },
        constraints: own.reduce((sum, count) => sum + count, 0),
        error:
          place && inputs.length > 0 && !clamped.has(node.output)
            ? Math.sqrt(total === 0 ? missed : missed / total)
            : undefined,
      }
    }),
  }
}

/** Tensors that stand nowhere before the clamp or rounding that reads them, which was done with their sum. */
function clampedTensors(layers: QuantizedLayer[]): Set<string> {
  const absorbed = layers.filter(
    ({ node, first, end }) => first === end && (clipOf(node) || node.op === 'quantizeLinear'),
  )
  return new Set(absorbed.flatMap(({ node }) => node.inputs.slice(0, 1)))
}
