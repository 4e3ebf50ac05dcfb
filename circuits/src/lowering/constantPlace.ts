import { QuantizeError } from '../quantizeError.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'

/** The place of a tensor that may be constant: a constant's elements are offsets, and stand in no node. */
export function constantPlace(lowering: Lowering, { name, node }: { name: string; node: string }): Place {
  const constant = lowering.constant(name)
  if (!constant) return lowering.place(name)
  const { shape, values } = constant
  if (values.some((value) => !Number.isFinite(value))) {
    throw new QuantizeError(`Node "${node}" reads the constant "${name}", which is not finite.`)
  }
  return {
    ...{ node: lowering.graph.inputNode, shape, map: new Int32Array(values.length).fill(-1) },
    steps: new Float64Array(values.length).fill(1),
    offsets: Float64Array.from(values),
  }
}
