import type { FloatGraph, FloatNode } from '@assay/circuits/floatChain'
import type { Network } from './neuralNet.ts'

/** A trained network as a float graph: input `image`, output `scores`, weights rounded to float32. */
export function toFloatGraph({ layers }: Network): FloatGraph {
  const nodes: FloatNode[] = []
  let input = 'image'
  const push = (node: FloatNode) => {
    nodes.push(node)
    input = node.output
  }
  layers.forEach(({ shape, weight, bias }, depth) => {
    const last = depth === layers.length - 1
    const number = depth + 1
    const output = last ? 'scores' : `sum${number}`
    const values = { weight: Float32Array.from(weight), bias: Float32Array.from(bias) }
    if (shape.kind === 'conv') {
      push({
        op: 'conv',
        name: `conv${number}`,
        input,
        output,
        ...values,
        kernel: shape.kernel,
        stride: shape.stride,
        pads: [0, 0, 0, 0],
        inShape: shape.in,
        outShape: shape.out,
      })
    } else {
      const [channels, height, width] = shape.in
      if (height * width > 1) push({ op: 'flatten', name: 'flatten', input, output: 'flat', shape: shape.in })
      push({
        op: 'gemm',
        name: `dense${number}`,
        input,
        output,
        ...values,
        inCount: channels * height * width,
        outCount: shape.out[0],
      })
    }
    if (!last) push({ op: 'relu', name: `relu${number}`, input, output: `hidden${number}` })
  })
  return {
    input: { name: 'image', shape: [1, ...(layers[0]?.shape.in ?? [])] },
    nodes,
    output: { name: 'scores', shape: [1, layers.at(-1)?.outputs ?? 0] },
  }
}
