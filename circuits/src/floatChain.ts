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

/** A tensor by name. Shapes are `[1, channels, height, width]` or `[1, n]`; the batch is always 1. */
export type FloatTensor = { name: string; shape: number[] }

/**
 * A float model reduced to the operators that can be quantized, with ONNX's order of elements (NCHW).
 * Nodes stand in topological order and name the tensor they read: the graph's input or an earlier node's output.
 * `output` is the last node's output. There is at least one node.
 */
export type FloatGraph = { input: FloatTensor; nodes: FloatNode[]; output: FloatTensor }
