import type { FloatGraph, FloatTensor } from './floatGraph.ts'

/** A two-dimensional convolution, group 1, dilation 1. Its input and output are `[1, channels, height, width]`. */
export type FloatConv = {
  name: string
  output: string
  op: 'conv'
  input: string
  /** out channels, in channels, kernel height, kernel width; the last varies fastest */
  weight: Float32Array
  /** one value for each out channel */
  bias: Float32Array
  kernel: [height: number, width: number]
  stride: [height: number, width: number]
  /** zeros added around the input */
  pads: [top: number, left: number, bottom: number, right: number]
  inShape: [channels: number, height: number, width: number]
  outShape: [channels: number, height: number, width: number]
}

/** A fully connected layer `out = weight · in + bias` on `[1, inCount]`. */
export type FloatGemm = {
  name: string
  output: string
  op: 'gemm'
  input: string
  /** `[outCount, inCount]`, row-major: one row for each output */
  weight: Float32Array
  bias: Float32Array
  inCount: number
  outCount: number
}

/** `max(0, x)` of each element; the shape stays. */
export type FloatRelu = { name: string; output: string; op: 'relu'; input: string }

/** Reads `[1, c, h, w]` as `[1, c·h·w]`, in that order: the column varies fastest, then the row, then the channel. */
export type FloatFlatten = {
  name: string
  output: string
  op: 'flatten'
  input: string
  /** of the input, without the batch */
  shape: [channels: number, height: number, width: number]
}

export type FloatNode = FloatConv | FloatGemm | FloatRelu | FloatFlatten

/**
 * A float model reduced to the operators that can be quantized, with ONNX's order of elements (NCHW).
 * Nodes stand in topological order and name the tensor they read: the graph's input or an earlier node's output.
 * `output` is the last node's output. There is at least one node.
 */
export type FloatChain = { input: FloatTensor; nodes: FloatNode[]; output: FloatTensor }

/**
 * A float graph as a chain, where it is one.
 * @throws what `refuse` makes of a sentence that names the first node which is not of a chain
 */
export function toFloatChain(graph: FloatGraph, refuse: (sentence: string) => Error): FloatChain {
  const constantOf = (name: string | undefined) => graph.constants.get(name ?? '')
  const shapes = new Map([[graph.input.name, graph.input.shape]])
  const nodes = graph.nodes.map((node): FloatNode => {
    const { name, output } = node
    const [input = '', weightName, biasName] = node.inputs
    const [, first = 0, second = 1, third = 1] = shapes.get(input) ?? []
    shapes.set(output, node.shape)
    const values = {
      weight: Float32Array.from(constantOf(weightName)?.values ?? []),
      bias: Float32Array.from(constantOf(biasName)?.values ?? []),
    }
    if (node.op === 'gemm' && node.shape.length === 2) {
      const [outCount = 0, inCount = 0] = constantOf(weightName)?.shape ?? []
      return { op: 'gemm', name, input, output, ...values, inCount, outCount }
    }
    if (node.op === 'conv' && node.group === 1 && node.dilation.every((step) => step === 1)) {
      const { kernel, stride, pads } = node
      const [, outChannels = 0, outHeight = 0, outWidth = 0] = node.shape
      const inShape: FloatConv['inShape'] = [first, second, third]
      const outShape: FloatConv['outShape'] = [outChannels, outHeight, outWidth]
      return { op: 'conv', name, input, output, ...values, kernel, stride, pads, inShape, outShape }
    }
    if (node.op === 'unary' && node.function === 'relu') return { op: 'relu', name, input, output }
    if (node.op === 'reshape' && node.shape.length === 2) {
      return { op: 'flatten', name, input, output, shape: [first, second, third] }
    }
    throw refuse(`Node "${name}" (${node.op}) cannot be quantized yet; supported are conv, gemm, relu and reshape.`)
  })
  return { input: graph.input, nodes, output: graph.output }
}
