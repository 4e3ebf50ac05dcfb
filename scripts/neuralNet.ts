// A small trainer in plain TypeScript: chains of linear layers with ReLU between them, cross-entropy, Adam.
import { gaussian, type Random } from './seededRandom.ts'

/** `[channels, height, width]` of one image, or `[n, 1, 1]` of a vector. */
export type Extent = [channels: number, height: number, width: number]

/** What a layer is: a convolution without padding, or fully connected. */
export type LayerShape =
  | { kind: 'conv'; in: Extent; out: Extent; kernel: [number, number]; stride: [number, number] }
  | { kind: 'dense'; in: Extent; out: Extent }

/**
 * One linear layer. Both kinds are the same sum: output o at position p is `bias[o] + Σ_k weight[o][k] · in[window[p][k]]`;
 * a fully connected layer has one position, and its window is the whole input.
 */
export type Layer = {
  shape: LayerShape
  outputs: number
  positions: number
  terms: number
  window: Int32Array
  weight: Float64Array
  bias: Float64Array
}

/** A chain of layers with ReLU after each but the last. */
export type Network = { layers: Layer[] }

/** Hyperparameters of one training run. */
export type Training = {
  epochs: number
  batch: number
  rate: number
  weightDecay: number
  /** added to the loss: this times Σ|weight|; keeps the worst case of each sum small */
  sumDecay: number
  /** share of hidden values dropped while training */
  dropout: number
  /** share of the label's weight spread over all classes */
  smoothing: number
  /** no weight grows beyond this; 127/128 fits eight bits at a scale of 7 */
  maxWeight: number
}

/** Makes a layer with He's initialization. */
export function makeLayer(shape: LayerShape, random: Random): Layer {
  const [channels, height, width] = shape.in
  const [outputs, rows, columns] = shape.out
  const [kernelHeight, kernelWidth] = shape.kind === 'conv' ? shape.kernel : [height, width]
  const [strideDown, strideRight] = shape.kind === 'conv' ? shape.stride : [1, 1]
  const positions = rows * columns
  const terms = channels * kernelHeight * kernelWidth
  const window = new Int32Array(positions * terms)
  let next = 0
  for (let position = 0; position < positions; position++) {
    const top = Math.floor(position / columns) * strideDown
    const left = (position % columns) * strideRight
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 0; y < kernelHeight; y++) {
        for (let x = 0; x < kernelWidth; x++) {
          window[next++] = (channel * height + top + y) * width + left + x
        }
      }
    }
  }
  const deviation = Math.sqrt(2 / terms)
  const weight = Float64Array.from({ length: outputs * terms }, () => gaussian(random) * deviation)
  return { shape, outputs, positions, terms, window, weight, bias: new Float64Array(outputs) }
}

type Buffers = { columns: Float64Array; out: Float64Array; gradient: Float64Array; dropped: Uint8Array }

/** Room for the intermediate values of one sample. */
export function makeBuffers({ layers }: Network): Buffers[] {
  return layers.map((layer) => ({
    columns: new Float64Array(layer.positions * layer.terms),
    out: new Float64Array(layer.outputs * layer.positions),
    gradient: new Float64Array(layer.outputs * layer.positions),
    dropped: new Uint8Array(layer.outputs * layer.positions),
  }))
}

/** Computes the network's scores for one input; dropout applies only when `keep` is given. */
export function forward(
  network: Network,
  buffers: Buffers[],
  input: Float64Array,
  keep?: { share: number; random: Random },
) {
  let values = input
  network.layers.forEach((layer, depth) => {
    const buffer = at(buffers, depth)
    const { columns, out } = buffer
    const { window, weight, bias, outputs, positions, terms } = layer
    const last = depth === network.layers.length - 1
    const drop = keep !== undefined && layer.shape.kind === 'dense' && !last
    for (let index = 0; index < columns.length; index++) columns[index] = num(values, num(window, index))
    for (let output = 0; output < outputs; output++) {
      for (let position = 0; position < positions; position++) {
        let sum = num(bias, output)
        const row = output * terms
        const column = position * terms
        for (let term = 0; term < terms; term++) sum += num(weight, row + term) * num(columns, column + term)
        const index = output * positions + position
        const dropped = drop && keep.random() >= keep.share
        buffer.dropped[index] = dropped ? 1 : 0
        if (!last && (sum < 0 || dropped)) sum = 0
        out[index] = drop ? sum / keep.share : sum
      }
    }
    values = out
  })
  return values
}

/** Adds one sample's gradients; `buffers` hold its forward pass, and the last layer's gradient is already set. */
function backward(network: Network, buffers: Buffers[], gradients: Gradients[], keepShare: number) {
  for (let depth = network.layers.length - 1; depth >= 0; depth--) {
    const { window, weight, outputs, positions, terms, shape } = at(network.layers, depth)
    const { columns, out, gradient } = at(buffers, depth)
    const sums = at(gradients, depth)
    const before = depth > 0 ? at(buffers, depth - 1).gradient : undefined
    const last = depth === network.layers.length - 1
    const boost = !last && shape.kind === 'dense' ? 1 / keepShare : 1
    before?.fill(0)
    for (let output = 0; output < outputs; output++) {
      for (let position = 0; position < positions; position++) {
        const index = output * positions + position
        if (!last && !(num(out, index) > 0)) continue
        const slope = num(gradient, index) * boost
        const row = output * terms
        const column = position * terms
        sums.bias[output] = num(sums.bias, output) + slope
        for (let term = 0; term < terms; term++) {
          sums.weight[row + term] = num(sums.weight, row + term) + slope * num(columns, column + term)
        }
        if (before === undefined) continue
        for (let term = 0; term < terms; term++) {
          const source = num(window, column + term)
          before[source] = num(before, source) + slope * num(weight, row + term)
        }
      }
    }
  }
}

type Gradients = { weight: Float64Array; bias: Float64Array }
type Moments = { first: Float64Array; second: Float64Array }

/** A training set that can be drawn again each epoch: `draw` writes sample `index` into `input` and returns its label. */
export type Samples = { count: number; inputCount: number; draw: (index: number, input: Float64Array) => number }

/** What a run needs; `report` is called after each epoch with its mean loss. */
export type TrainingRun = {
  samples: Samples
  training: Training
  random: Random
  report: (epoch: number, loss: number) => void
}

/**
 * Trains in place with Adam, a rate that warms up and then falls to 0 along a cosine, and decoupled weight decay.
 * The weights left in the network are the exponential average over the last steps.
 * The outcome follows from the arguments and `random` alone.
 */
export function train(network: Network, { samples, training, random, report }: TrainingRun) {
  const buffers = makeBuffers(network)
  const input = new Float64Array(samples.inputCount)
  const order = Int32Array.from({ length: samples.count }, (_, index) => index)
  const parts = network.layers.flatMap((layer) => [layer.weight, layer.bias])
  const gradients = network.layers.map((layer) => ({
    weight: new Float64Array(layer.weight.length),
    bias: new Float64Array(layer.bias.length),
  }))
  const slopes = gradients.flatMap((gradient) => [gradient.weight, gradient.bias])
  const moments = parts.map((part) => ({ first: new Float64Array(part.length), second: new Float64Array(part.length) }))
  const averages = parts.map((part) => Float64Array.from(part))
  const keep = { share: 1 - training.dropout, random }
  const stepsInEpoch = Math.ceil(samples.count / training.batch)
  const totalSteps = stepsInEpoch * training.epochs

  for (let epoch = 0, step = 0; epoch < training.epochs; epoch++) {
    shuffleOrder(order, random)
    let loss = 0
    for (let start = 0; start < samples.count; start += training.batch) {
      const end = Math.min(start + training.batch, samples.count)
      for (const slope of slopes) slope.fill(0)
      for (let index = start; index < end; index++) {
        const label = samples.draw(num(order, index), input)
        const scores = forward(network, buffers, input, keep)
        loss += setLossGradient(scores, label, training.smoothing, at(buffers, buffers.length - 1).gradient)
        backward(network, buffers, gradients, keep.share)
      }
      step++
      const rate = training.rate * schedule(step / totalSteps)
      parts.forEach((part, index) => {
        const isWeight = index % 2 === 0
        const settings = { ...training, rate, step, share: 1 / (end - start), isWeight }
        adamStep(part, at(slopes, index), at(moments, index), settings)
        const average = at(averages, index)
        const decay = Math.min(0.998, step / (step + 10))
        for (let i = 0; i < part.length; i++) average[i] = decay * num(average, i) + (1 - decay) * num(part, i)
      })
    }
    report(epoch + 1, loss / samples.count)
  }
  for (const [index, part] of parts.entries()) part.set(at(averages, index))
}

type StepSettings = Training & { step: number; share: number; isWeight: boolean }

/** Source: Kingma and Ba, ICLR 2015; decoupled decay: Loshchilov and Hutter, ICLR 2019. */
function adamStep(part: Float64Array, slope: Float64Array, { first, second }: Moments, settings: StepSettings) {
  const { rate, step, share, isWeight, weightDecay, sumDecay, maxWeight } = settings
  const firstScale = 1 / (1 - 0.9 ** step)
  const secondScale = 1 / (1 - 0.999 ** step)
  for (let i = 0; i < part.length; i++) {
    const g = num(slope, i) * share
    first[i] = 0.9 * num(first, i) + 0.1 * g
    second[i] = 0.999 * num(second, i) + 0.001 * g * g
    let value = num(part, i)
    value -= (rate * num(first, i) * firstScale) / (Math.sqrt(num(second, i) * secondScale) + 1e-8)
    if (isWeight) {
      value -= rate * weightDecay * value
      const shrink = rate * sumDecay
      value = value > shrink ? value - shrink : value < -shrink ? value + shrink : 0
      value = Math.max(-maxWeight, Math.min(maxWeight, value))
    }
    part[i] = value
  }
}

/** Sets the gradient of the cross-entropy with a smoothed label, and returns the loss. */
function setLossGradient(scores: Float64Array, label: number, smoothing: number, gradient: Float64Array): number {
  const top = Math.max(...scores)
  const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0)
  let loss = 0
  for (let i = 0; i < scores.length; i++) {
    const target = smoothing / scores.length + (i === label ? 1 - smoothing : 0)
    const logShare = num(scores, i) - top - Math.log(total)
    gradient[i] = Math.exp(logShare) - target
    loss -= target * logShare
  }
  return loss
}

/** 0…1 of the highest rate: up over the first 5 %, then down to 0 along a cosine. */
function schedule(progress: number): number {
  return progress < 0.05 ? progress / 0.05 : 0.5 * (1 + Math.cos((Math.PI * (progress - 0.05)) / 0.95))
}

function shuffleOrder(order: Int32Array, random: Random) {
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const value = num(order, last)
    order[last] = num(order, other)
    order[other] = value
  }
}

function num(array: Float64Array | Int32Array, index: number): number {
  // every index here comes from the layer's own sizes; a check in the innermost loop would double the training time
  return array[index] as number
}

function at<T>(items: T[], index: number): T {
  // the lists all have one entry for each layer
  return items[index] as T
}
