import type { FloatNodeOf } from '../floatGraph.ts'
import { positions, stridesOf } from '../moveMap.ts'
import { QuantizeError } from '../quantizeError.ts'
import { elementwiseSum } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import type { Lower, Lowering } from './lowering.ts'
import { countOf, type Place } from './place.ts'
import { codeOf, type Target } from './target.ts'

/** Whole steps of the model's own size: the sum that the operand is, rounded to them and saturated. */
export const lowerQuantizeLinear: Lower<FloatNodeOf<'quantizeLinear'>> = (lowering, node) => {
  const [x = ''] = node.inputs
  const code = codeOf(lowering, node)
  if (!code) {
    throw new QuantizeError(
      `Node "${node.name}" quantizes to several scales at once; supported is one for the whole tensor.`,
    )
  }
  const target: Target = { kind: 'code', ...code, output: node.output, floor: -Infinity, ceiling: Infinity }
  const terms = [{ place: lowering.place(x), coefficient: 1 }]
  return finish(lowering, { node, target, place: elementwiseSum(lowering, { name: node.name, terms, target }) })
}

/** (x - zero) · scale: the place alone changes. */
export const lowerDequantizeLinear: Lower<FloatNodeOf<'dequantizeLinear'>> = (lowering, node) => {
  const [x = ''] = node.inputs
  const place = lowering.place(x)
  const [scales, zeros] = [alongAxis(lowering, { node, place, at: 1 }), alongAxis(lowering, { node, place, at: 2 })]
  return {
    ...place,
    steps: place.steps.map((step, at) => step * (scales[at] ?? 1)),
    offsets: place.offsets.map((offset, at) => (offset - (zeros[at] ?? 0)) * (scales[at] ?? 1)),
  }
}

/** A constant of one element, or of one for each element of the axis, for every element of the tensor. */
function alongAxis(
  lowering: Lowering,
  { node, place, at }: { node: FloatNodeOf<'dequantizeLinear'>; place: Place; at: number },
): Float64Array {
  const values = lowering.constant(node.inputs[at])?.values ?? []
  const { shape } = place
  if (values.length === 1) return new Float64Array(countOf(shape)).fill(values[0] ?? 0)
  const strides = stridesOf(shape).map((_, axis) => (axis === node.axis ? 1 : 0))
  return Float64Array.from(positions({ shape, strides, start: 0 }), (index) => values[index] ?? 0)
}
