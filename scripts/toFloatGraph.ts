import type { FloatConstant, FloatGraph, FloatNode } from '@assay/circuits/floatGraph'
import type { Network } from './neuralNet.ts'

/** A trained network as a float graph: input `image`, output `scores`, weights rounded to float32. */
export function toFloatGraph({ layers }: Network): FloatGraph {
  const nodes: FloatNode[] = []
  const constants = new Map<string, FloatConstant>()
  let input = 'image'
  const push = (node: FloatNode) => {
    nodes.push(node)
    input = node.output
  }
  layers.forEach(({ shape, weight, bias }, depth) => {
    const last = depth === layers.length - 1
    const number = depth + 1
    const output = last ? 'scores' : `sum${number}`
    const name = shape.kind === 'conv' ? `conv${number}` : `dense${number}`
    const [channels, height, width] = shape.in
    const inCount = channels * height * width
    const weightShape = shape.kind === 'conv' ? [shape.out[0], channels, ...shape.kernel] : [shape.out[0], inCount]
    if (shape.kind !== 'conv' && height * width > 1) {
      push({ op: 'reshape', name: 'flatten', inputs: [input], output: 'flat', shape: [1, inCount], type: 'float' })
    }
    const inputs = [input, `${name}.weight`, `${name}.bias`]
    constants.set(`${name}.weight`, { shape: weightShape, type: 'float', values: Float32Array.from(weight) })
    constants.set(`${name}.bias`, { shape: [shape.out[0]], type: 'float', values: Float32Array.from(bias) })
    const outShape = shape.kind === 'conv' ? [1, ...shape.out] : [1, shape.out[0]]
    const base = { name, inputs, output, shape: outShape, type: 'float' as const }
    if (shape.kind === 'conv') {
      const { kernel, stride } = shape
      push({ op: 'conv', ...base, kernel, stride, dilation: [1, 1], pads: [0, 0, 0, 0], group: 1 })
    } else push({ op: 'gemm', ...base })
    if (!last) {
      const relu = { name: `relu${number}`, inputs: [input], output: `hidden${number}`, shape: outShape }
      push({ op: 'unary', function: 'relu', alpha: 0, beta: 0, ...relu, type: 'float' })
    }
  })
  return {
    input: { name: 'image', shape: [1, ...(layers[0]?.shape.in ?? [])], type: 'float' },
    output: { name: 'scores', shape: [1, layers.at(-1)?.outputs ?? 0], type: 'float' },
    constants,
    nodes,
  }
}
