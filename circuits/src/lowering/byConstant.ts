import { binaryFunction } from '../evaluateFloatNode.ts'
import type { FloatNodeOf } from '../floatGraph.ts'
import { elementwiseSum, exactTarget } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import { lookUp } from './lookUp.ts'
import { type Lowering, rangeOfInterval } from './lowering.ts'
import { joinPlaces } from './moves.ts'
import { type Place, pick } from './place.ts'
import { type Target, targetOf } from './target.ts'

/** Bits of an argument beyond the setting, where it is rounded, and bits at which it is not. */
const [extraBits, maxBits] = [2, 16]

/** A tensor and a constant of its shape, the constant on the left if `isSwapped`. */
type WithConstant = { node: FloatNodeOf<'binary'>; x: Place; constants: Float64Array; isSwapped: boolean }

/** A function of an element and a constant of its own (a power, a remainder): tables for each different constant. */
export function lowerByConstant(lowering: Lowering, { node, x: given, constants, isSwapped }: WithConstant): Place {
  const { name } = node
  const x = fewer(lowering, { node, x: given, isSwapped })
  const f = binaryFunction(node)
  const target = targetOf(lowering, node.output)
  const different = [...new Set(constants)]
  const positions = different.map((value) => Int32Array.from(constants.keys()).filter((at) => constants[at] === value))
  const parts = different.map((value, index) => {
    const from = positions[index] ?? new Int32Array()
    return lookUp(lowering, {
      ...{ name, place: pick(x, { from, shape: [from.length] }), target, isWhole: node.type !== 'float' },
      apply: isSwapped ? (real) => f(value, real) : (real) => f(real, value),
    })
  })
  const from = new Int32Array(constants.length)
  let start = 0
  for (const own of positions) {
    for (const [index, at] of own.entries()) from[at] = start + index
    start += own.length
  }
  const place = pick(joinPlaces(lowering, parts), { from, shape: node.shape })
  return finish(lowering, { node, target, place })
}

/** The tensor with few enough different integers for tables. */
function fewer(lowering: Lowering, { node, x, isSwapped }: Omit<WithConstant, 'constants'>): Place {
  const { lo, hi } = rangeOfInterval(lowering.intervalOf(x.node))
  const { tableBits, range } = lowering.settings(node.name)
  const bits = Math.min(tableBits + extraBits, maxBits)
  if (hi - lo < 2 ** maxBits) return x
  const seen = lowering.calibration.range(node.inputs[isSwapped ? 1 : 0] ?? '', range)
  const target: Target = { ...exactTarget(''), kind: 'table', ...seen, bits }
  return elementwiseSum(lowering, { name: node.name, terms: [{ place: x, coefficient: 1 }], target })
}
