import { type FakeNode, fakeOnnx, float, floats, int, int64s, ints } from '../fakeOnnx.ts'
import { seededRandom } from '../sampleCircuits.ts'

/** A random network of a few layers over a small image or a row, for tests. */
export function randomModel(seed: number): Uint8Array {
  const random = seededRandom(seed)
  const below = (end: number) => Math.floor(random() * end)
  const pick = <T>(list: readonly [T, ...T[]]): T => list[below(list.length)] ?? list[0]
  const nodes: FakeNode[] = []
  const constants: NonNullable<Parameters<typeof fakeOnnx>[0]['constants']> = []
  const input = [1, 1 + below(3), 4 + below(4), 4 + below(4)]
  let [name, shape] = ['x', input]

  const add = (opType: string, inputs: string[], attribute: FakeNode['attribute'] = []) => {
    const output = `t${nodes.length}`
    nodes.push({ name: `n${nodes.length}`, opType, input: inputs, output: [output], attribute })
    return output
  }
  const weight = (dims: number[], reach = 1) => {
    const own = `c${constants.length}`
    const values = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => reach * (2 * random() - 1))
    constants.push(floats(own, dims, values))
    return own
  }
  const list = (values: number[]) => {
    const own = `c${constants.length}`
    constants.push(int64s(own, values))
    return own
  }
  const convolve = (channels: number, isSame: boolean) => {
    const [, from = 1, height = 1, width = 1] = shape
    const [rows, columns] = isSame ? [3, 3] : [1 + below(Math.min(3, height)), 1 + below(Math.min(3, width))]
    const stride = isSame ? [1, 1] : [1 + below(2), 1 + below(2)]
    const pads = isSame ? [1, 1, 1, 1] : [below(2), below(2), below(2), below(2)]
    const group = !isSame && channels % from === 0 && random() < 0.3 ? from : 1
    const reach = 2 / Math.sqrt((from / group) * rows * columns)
    const output = add(
      'Conv',
      [name, weight([channels, from / group, rows, columns], reach), weight([channels])],
      [ints('strides', stride), ints('pads', pads), int('group', group)],
    )
    const size = (at: number, kernel: number) =>
      Math.floor(((shape[at + 2] ?? 1) + (pads[at] ?? 0) + (pads[at + 2] ?? 0) - kernel) / (stride[at] ?? 1)) + 1
    return { output, shape: [1, channels, size(0, rows), size(1, columns)] }
  }

  /** One layer over an image. */
  const imageLayers: Record<string, () => void> = {
    convolution() {
      const made = convolve(1 + below(4), false)
      ;[name, shape] = [made.output, made.shape]
    },
    residual() {
      const { output } = convolve(shape[1] ?? 1, true)
      name = add(pick(['Add', 'Sub', 'Max', 'Min', 'Mul']), [name, output])
    },
    join() {
      const [, channels = 1, ...size] = shape
      const made = convolve(1 + below(3), true)
      name = add('Concat', [name, made.output], [int('axis', 1)])
      shape = [1, channels + (made.shape[1] ?? 1), ...size]
    },
    pool() {
      const [, channels = 1, height = 1, width = 1] = shape
      if (height < 2 || width < 2) return
      const opType = pick(['MaxPool', 'AveragePool'])
      const attribute = [ints('kernel_shape', [2, 2]), ints('strides', [2, 1]), ints('pads', [0, 1, 0, 0])]
      name = add(opType, [name], attribute)
      shape = [1, channels, Math.floor((height - 2) / 2) + 1, width]
    },
    normalize() {
      const channels = shape[1] ?? 1
      const positive = `c${constants.length}`
      constants.push(
        floats(
          positive,
          [channels],
          Array.from({ length: channels }, () => 0.5 + random()),
        ),
      )
      name = add('BatchNormalization', [name, weight([channels]), weight([channels]), weight([channels]), positive])
    },
    turn() {
      const [, channels = 1, height = 1, width = 1] = shape
      name = add('Transpose', [name], [ints('perm', [0, 1, 3, 2])])
      shape = [1, channels, width, height]
    },
    enlarge() {
      const [, channels = 1, height = 1, width = 1] = shape
      const channelsOut = 1 + below(2)
      name = add('ConvTranspose', [name, weight([channels, channelsOut, 2, 2], 0.5)], [ints('strides', [2, 1])])
      shape = [1, channelsOut, 2 * height, width + 1]
    },
  }
  /** One layer over any tensor: the name of what it gives. */
  const layers: Record<string, () => string> = {
    relu: () => add('Relu', [name]),
    leaky: () => add('LeakyRelu', [name], [float('alpha', 0.1)]),
    curve: () => add(pick(['Sigmoid', 'Tanh', 'HardSwish', 'Softplus', 'Erf']), [name]),
    scale() {
      const dims = shape.length === 4 ? [shape[1] ?? 1, 1, 1] : [shape[1] ?? 1]
      return add(pick(['Mul', 'Add', 'Sub']), random() < 0.5 ? [name, weight(dims)] : [weight(dims), name])
    },
    clamp() {
      const bounds = [floats(`c${constants.length}`, [], [-0.5]), floats(`c${constants.length + 1}`, [], [1])]
      constants.push(...bounds)
      return add('Clip', [name, `c${constants.length - 2}`, `c${constants.length - 1}`])
    },
    gate: () => add('Mul', [name, add('Sigmoid', [name])]),
  }

  const count = 2 + below(4)
  for (let layer = 0; layer < count; layer++) {
    const [image, all] = [Object.values(imageLayers), Object.values(layers)]
    if (random() < 0.6) image[below(image.length)]?.()
    else name = all[below(all.length)]?.() ?? name
  }
  if (random() < 0.6) {
    const elements = shape.reduce((a, b) => a * b, 1)
    name = add('Reshape', [name, list([1, elements])])
    name = add('Gemm', [name, weight([elements, 3], 2 / Math.sqrt(elements)), weight([3])])
    if (random() < 0.3) name = add(pick(['Softmax', 'Sigmoid', 'Relu']), [name])
  }
  const change: Parameters<typeof fakeOnnx>[0]['change'] = (_, graph) => {
    const last = graph?.node.at(-1)
    if (last) last.output = ['y']
  }
  return fakeOnnx({ input, nodes, constants, change })
}
