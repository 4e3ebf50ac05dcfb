import type { FloatNode } from '../floatGraph.ts'
import { QuantizeError } from '../quantizeError.ts'
import type { Lower } from './lowering.ts'

/** A function of each element of one tensor: a table of its values. */
export const lowerTable: Lower<FloatNode> = (_, node) => {
  throw new QuantizeError(`Node "${node.name}" (${node.op}) cannot be quantized yet.`)
}
