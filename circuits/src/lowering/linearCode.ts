import type { FloatNodeOf } from '../floatGraph.ts'
import { positions, stridesOf } from '../moveMap.ts'
import { elementwiseSum } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import { type Lower, type Lowering, rangeOfInterval } from './lowering.ts'
import { countOf, type Place, realRange } from './place.ts'
import { codeOf, type Target } from './target.ts'

/** Whole steps of the model's own size: the sum that the operand is, rounded to them and saturated. */
export const lowerQuantizeLinear: Lower<FloatNodeOf<'quantizeLinear'>> = (lowering, node) => {
  const [x = ''] = node.inputs
  const [given, code] = [lowering.place(x), codeOf(lowering, node)]
  if (isAsFine(lowering, { node, place: given })) return codesOf(lowering, { node, place: given })
  // of several steps, the codes themselves are the reals that are rounded to whole numbers
  const place = code ? given : codesOf(lowering, { node, place: given })
  const whole = { step: 1, lo: node.lo, hi: node.hi, zero: 0 }
  const target: Target = { kind: 'code', ...(code ?? whole), output: node.output, floor: -Infinity, ceiling: Infinity }
  const terms = [{ place, coefficient: 1 }]
  return finish(lowering, { node, target, place: elementwiseSum(lowering, { name: node.name, terms, target }) })
}

/**
 * Whether codes of the model's input, which then become reals again, would be no coarser than the exact input's own integers are: then
 * these stand for the reals, and nothing is rounded twice.
 */
function isAsFine(lowering: Lowering, { node, place }: { node: FloatNodeOf<'quantizeLinear'>; place: Place }): boolean {
  const { float, readers, intervalOf } = lowering
  if (node.inputs[0] !== float.input.name || node.output === float.output.name) return false
  if (!readers(node.output).every(({ op }) => op === 'dequantizeLinear')) return false
  const interval = intervalOf(place.node)
  const { lo, hi } = rangeOfInterval(interval)
  const codes = realRange(codesOf(lowering, { node, place }), interval)
  return hi - lo <= node.hi - node.lo && codes.lo > node.lo - 1 && codes.hi < node.hi + 1
}

/** The codes as reals, before they are rounded. */
function codesOf(lowering: Lowering, { node, place }: { node: FloatNodeOf<'quantizeLinear'>; place: Place }): Place {
  const [scales, zeros] = [alongAxis(lowering, { node, place, at: 1 }), alongAxis(lowering, { node, place, at: 2 })]
  return {
    ...place,
    steps: place.steps.map((step, at) => step / (scales[at] ?? 1)),
    offsets: place.offsets.map((offset, at) => offset / (scales[at] ?? 1) + (zeros[at] ?? 0)),
  }
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
  { node, place, at }: { node: FloatNodeOf<'quantizeLinear' | 'dequantizeLinear'>; place: Place; at: number },
): Float64Array {
  const values = lowering.constant(node.inputs[at])?.values ?? []
  const { shape } = place
  if (values.length === 1) return new Float64Array(countOf(shape)).fill(values[0] ?? 0)
  const strides = stridesOf(shape).map((_, axis) => (axis === node.axis ? 1 : 0))
  return Float64Array.from(positions({ shape, strides, start: 0 }), (index) => values[index] ?? 0)
}
