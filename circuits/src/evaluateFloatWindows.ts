import type { FloatOperand, FloatValues } from './evaluateFloatNode.ts'
import type { FloatNodeOf } from './floatGraph.ts'

type Convolution<Op extends 'conv' | 'convTranspose'> = {
  node: FloatNodeOf<Op>
  x: FloatOperand
  weight: FloatOperand
  bias: FloatOperand
  output: FloatValues
}

type Image = [batch: number, channels: number, height: number, width: number]

function imageOf(shape: readonly number[]): Image {
  const [batch = 1, channels = 1, height = 1, width = 1] = shape
  return [batch, channels, height, width]
}

/** Sums of products over each window, plus the bias. */
export function evaluateConv({ node, x, weight, bias, output }: Convolution<'conv'>): void {
  const [, channels, height, width] = imageOf(x.shape)
  const [batch, outChannels, outHeight, outWidth] = imageOf(node.shape)
  const [rows, columns] = node.kernel
  const [down, across] = node.dilation
  const [inGroup, outGroup] = [channels / node.group, outChannels / node.group]
  const [values, weights] = [x.values, weight.values]
  const sumAt = (image: number, out: number, top: number, left: number) => {
    let sum = bias.values[out] ?? 0
    const first = image * channels + Math.floor(out / outGroup) * inGroup
    // the kernel's columns inside the input
    const begin = Math.max(0, Math.ceil(-left / across))
    const end = Math.min(columns, Math.ceil((width - left) / across))
    for (let channel = 0; channel < inGroup; channel++) {
      for (let i = 0; i < rows; i++) {
        const row = top + i * down
        if (row < 0 || row >= height) continue
        let at = ((first + channel) * height + row) * width + left + begin * across
        const weightLine = ((out * inGroup + channel) * rows + i) * columns
        for (let j = begin; j < end; j++) {
          sum += (weights[weightLine + j] ?? 0) * (values[at] ?? 0)
          at += across
        }
      }
    }
    return sum
  }
  let at = 0
  for (let image = 0; image < batch; image++) {
    for (let out = 0; out < outChannels; out++) {
      for (let y = 0; y < outHeight; y++) {
        for (let z = 0; z < outWidth; z++)
          output[at++] = sumAt(image, out, y * node.stride[0] - node.pads[0], z * node.stride[1] - node.pads[1])
      }
    }
  }
}

/** Each input element adds the kernel, times itself, at its place in the output. */
export function evaluateConvTranspose({ node, x, weight, bias, output }: Convolution<'convTranspose'>): void {
  const [batch, channels, height, width] = imageOf(x.shape)
  const [, outChannels, outHeight, outWidth] = imageOf(node.shape)
  const [rows, columns] = node.kernel
  const [inGroup, outGroup] = [channels / node.group, outChannels / node.group]
  const sums = new Float64Array(output.length)
  const plane = outHeight * outWidth
  for (let at = 0; at < sums.length; at++) sums[at] = bias.values[Math.floor(at / plane) % outChannels] ?? 0
  const addKernel = (from: { image: number; channel: number; top: number; left: number; value: number }) => {
    const firstOut = Math.floor(from.channel / inGroup) * outGroup
    for (let out = 0; out < outGroup; out++) {
      for (let i = 0; i < rows; i++) {
        const row = from.top + i * node.dilation[0]
        if (row < 0 || row >= outHeight) continue
        const line = ((from.image * outChannels + firstOut + out) * outHeight + row) * outWidth
        const weightLine = ((from.channel * outGroup + out) * rows + i) * columns
        for (let j = 0; j < columns; j++) {
          const column = from.left + j * node.dilation[1]
          if (column < 0 || column >= outWidth) continue
          sums[line + column] = (sums[line + column] ?? 0) + from.value * (weight.values[weightLine + j] ?? 0)
        }
      }
    }
  }
  let at = 0
  for (let image = 0; image < batch; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 0; y < height; y++) {
        for (let z = 0; z < width; z++) {
          const [top, left] = [y * node.stride[0] - node.pads[0], z * node.stride[1] - node.pads[1]]
          addKernel({ image, channel, top, left, value: x.values[at++] ?? 0 })
        }
      }
    }
  }
  output.set(sums)
}

type Pooling<Op extends 'maxPool' | 'averagePool'> = { node: FloatNodeOf<Op>; x: FloatOperand; output: FloatValues }

/** The greatest element of each window. */
export function evaluateMaxPool({ node, x, output }: Pooling<'maxPool'>): void {
  eachWindow({ node, x }, (at, inside) => {
    let greatest = -Infinity
    for (const value of inside) greatest = Math.max(greatest, value)
    output[at] = greatest
  })
}

/** The mean of each window. */
export function evaluateAveragePool({ node, x, output }: Pooling<'averagePool'>): void {
  eachWindow({ node, x }, (at, inside, padded) => {
    let sum = 0
    for (const value of inside) sum += value
    output[at] = sum / (node.countPads ? padded : inside.length)
  })
}

/** Calls back with each window's elements inside the input, and how many of its places are inside the input and its pads. */
function eachWindow(
  { node, x }: { node: FloatNodeOf<'maxPool' | 'averagePool'>; x: FloatOperand },
  visit: (at: number, inside: number[], padded: number) => void,
) {
  const [, , height, width] = imageOf(x.shape)
  const [batch, channels, outHeight, outWidth] = imageOf(node.shape)
  const [top, left, bottom, right] = node.pads
  let at = 0
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let y = 0; y < outHeight; y++) {
      for (let z = 0; z < outWidth; z++) {
        const inside: number[] = []
        let padded = 0
        for (let i = 0; i < node.kernel[0]; i++) {
          const row = y * node.stride[0] - top + i * node.dilation[0]
          if (row >= height + bottom) break
          for (let j = 0; j < node.kernel[1]; j++) {
            const column = z * node.stride[1] - left + j * node.dilation[1]
            if (column >= width + right) break
            padded++
            if (row < 0 || row >= height || column < 0 || column >= width) continue
            inside.push(x.values[(plane * height + row) * width + column] ?? 0)
          }
        }
        visit(at++, inside, padded)
      }
    }
  }
}
