import type { FloatConv, FloatGemm, FloatGraph } from './floatChain.ts'

/** The input has another number of values than the float model takes, or the graph reads a tensor that nothing makes. */
export class FloatInputError extends Error {
  override readonly name = 'FloatInputError'
}

/**
 * Runs a float model on one input, in the ONNX model's element order (NCHW, or a row). Sums are in double precision, so the
 * last bits may differ from an ONNX runtime's: use it to compare accuracy, never to commit to an answer.
 * @throws FloatInputError
 */
export function evaluateFloat(graph: FloatGraph, input: Float32Array): Float32Array {
  const needed = graph.input.shape.reduce((product, size) => product * size, 1)
  if (input.length !== needed) {
    throw new FloatInputError(`The input has ${input.length} values; the model takes ${needed}.`)
  }
  const tensors = new Map([[graph.input.name, input]])
  const read = (name: string) => {
    const tensor = tensors.get(name)
    if (tensor === undefined)
      throw new FloatInputError(`No node of the model makes "${name}", which another one reads.`)
    return tensor
  }
  for (const node of graph.nodes) {
    const operand = read(node.input)
    if (node.op === 'conv') tensors.set(node.output, runConv(node, operand))
    else if (node.op === 'gemm') tensors.set(node.output, runGemm(node, operand))
    else if (node.op === 'relu')
      tensors.set(
        node.output,
        operand.map((value) => Math.max(0, value)),
      )
    else tensors.set(node.output, operand)
  }
  return read(graph.output.name)
}

function runGemm({ weight, bias, inCount, outCount }: FloatGemm, input: Float32Array): Float32Array {
  const output = new Float32Array(outCount)
  for (let out = 0; out < outCount; out += 1) {
    let sum = bias[out] ?? 0
    for (let at = 0; at < inCount; at += 1) sum += (weight[out * inCount + at] ?? 0) * (input[at] ?? 0)
    output[out] = sum
  }
  return output
}

function runConv(
  { weight, bias, kernel, stride, pads, inShape, outShape }: FloatConv,
  input: Float32Array,
): Float32Array {
  const [inChannels, inHeight, inWidth] = inShape
  const [outChannels, outHeight, outWidth] = outShape
  const [kernelHeight, kernelWidth] = kernel
  const output = new Float32Array(outChannels * outHeight * outWidth)
  const sumAt = (out: number, row: number, column: number) => {
    let sum = bias[out] ?? 0
    for (let channel = 0; channel < inChannels; channel += 1) {
      for (let y = 0; y < kernelHeight; y += 1) {
        const inRow = row * stride[0] + y - pads[0]
        if (inRow < 0 || inRow >= inHeight) continue
        for (let x = 0; x < kernelWidth; x += 1) {
          const inColumn = column * stride[1] + x - pads[1]
          if (inColumn < 0 || inColumn >= inWidth) continue
          const weightAt = ((out * inChannels + channel) * kernelHeight + y) * kernelWidth + x
          sum += (weight[weightAt] ?? 0) * (input[(channel * inHeight + inRow) * inWidth + inColumn] ?? 0)
        }
      }
    }
    return sum
  }
  let at = 0
  for (let out = 0; out < outChannels; out += 1) {
    for (let row = 0; row < outHeight; row += 1) {
      for (let column = 0; column < outWidth; column += 1) output[at++] = sumAt(out, row, column)
    }
  }
  return output
}
