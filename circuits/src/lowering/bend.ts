import type { FloatNode } from '../floatGraph.ts'
import { QuantizeError } from '../quantizeError.ts'
import { elementwiseSum, exactTarget } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import type { Lower } from './lowering.ts'
import { targetOf } from './target.ts'

/**
 * Functions of two straight pieces that meet at 0: |x| = 2 · relu(x) - x, a leaky ReLU = (1 - alpha) · relu(x) + alpha · x. A rounding for
 * relu(x) and a sum, exact but for the factors' own bits.
 */
export const lowerBend: Lower<FloatNode> = (lowering, node) => {
  if (node.op !== 'unary' || (node.function !== 'abs' && node.function !== 'leakyRelu')) {
    throw new QuantizeError(`Node "${node.name}" is a ${node.op} of a function that is not one of a single number.`)
  }
  const [name = ''] = node.inputs
  const place = lowering.place(name)
  const slope = node.function === 'abs' ? -1 : node.alpha
  const positive = elementwiseSum(lowering, {
    name: node.name,
    terms: [{ place, coefficient: 1 }],
    target: { ...exactTarget(''), floor: 0 },
  })
  const target = targetOf(lowering, node.output)
  const terms = [
    { place: positive, coefficient: 1 - slope },
    { place, coefficient: slope },
  ]
  return finish(lowering, { node, target, place: elementwiseSum(lowering, { name: node.name, terms, target }) })
}
