import { type ExactGraph, inputOf } from './exactGraph.ts'
import { primitiveOf } from './primitives/table.ts'

/** The input does not have the model's number of elements. */
export class InputLengthError extends Error {
  override readonly name = 'InputLengthError'
  readonly actual: number
  readonly needed: number

  constructor({ actual, needed }: { actual: number; needed: number }) {
    super(`The input has ${actual} elements; the model takes ${needed}.`)
    this.actual = actual
    this.needed = needed
  }
}

/** The model's exact graph cannot express this input. Trying again gives the same answer. */
export class InputOutOfRangeError extends Error {
  override readonly name = 'InputOutOfRangeError'
  readonly index: number
  readonly value: number

  constructor({ index, value, lo, hi }: { index: number; value: number; lo: number; hi: number }) {
    super(`Input element ${index} is ${value}; the model takes integers from ${lo} to ${hi}.`)
    this.index = index
    this.value = value
  }
}

/**
 * Runs the graph in integers: the meaning of the model. The graph must have passed `checkGraph`, as decoded graphs have.
 * @param input the input tensor's elements, NHWC
 * @returns the output node's elements
 * @throws InputLengthError, InputOutOfRangeError
 */
export function evaluate(graph: ExactGraph, input: Int32Array): Int32Array {
  return evaluateNodes(graph, input).at(graph.outputNode) ?? new Int32Array()
}

/** {@link evaluate}, keeping every node's elements. */
export function evaluateNodes(graph: ExactGraph, input: Int32Array): Int32Array[] {
  checkInput(graph, input)
  const values: Int32Array[] = []
  for (const node of graph.nodes) {
    if (node.op === 'input') {
      values.push(input)
      continue
    }
    const primitive = primitiveOf(node)
    const operands = primitive.operands(node).map((operand) => values[operand] ?? new Int32Array())
    values.push(primitive.evaluate({ graph, node, operands }))
  }
  return values
}

/**
 * Refuses an input that is not one of the graph's.
 * @throws InputLengthError, InputOutOfRangeError
 */
export function checkInput(graph: ExactGraph, input: Int32Array): void {
  const { count, lo, hi } = inputOf(graph)
  if (input.length !== count) throw new InputLengthError({ actual: input.length, needed: count })
  for (const [index, value] of input.entries()) {
    if (value < lo || value > hi) throw new InputOutOfRangeError({ index, value, lo, hi })
  }
}
