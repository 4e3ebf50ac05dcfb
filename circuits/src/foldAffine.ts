import type { FloatConstant, FloatConv, FloatConvTranspose, FloatGemm, FloatGraph, FloatNode } from './floatGraph.ts'

type Layer = FloatConv | FloatConvTranspose | FloatGemm
const isLayer = (node: FloatNode): node is Layer =>
  node.op === 'conv' || node.op === 'convTranspose' || node.op === 'gemm'

/**
 * Takes additions and multiplications by one constant for each channel, such as a BatchNormalization's, into the convolution or full
 * layer whose result they alone read. The graph's meaning stays, up to the last bits.
 */
export function foldAffine(graph: FloatGraph): FloatGraph {
  const constants = new Map(graph.constants)
  const readers = new Map<string, number>()
  for (const { inputs } of graph.nodes) for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1)
  const nodes: FloatNode[] = []
  // where the layer that makes a tensor stands among the nodes
  const layers = new Map<string, number>()
  for (const node of graph.nodes) {
    const folded = foldInto(node, { nodes, layers, readers, constants, output: graph.output.name })
    if (folded !== undefined) {
      nodes[folded.at] = folded.layer
      layers.set(folded.layer.output, folded.at)
      continue
    }
    if (isLayer(node)) layers.set(node.output, nodes.length)
    nodes.push(node)
  }
  return { ...graph, nodes, constants }
}

type Context = {
  nodes: FloatNode[]
  layers: Map<string, number>
  readers: Map<string, number>
  constants: Map<string, FloatConstant>
  output: string
}

function foldInto(node: FloatNode, context: Context): { layer: Layer; at: number } | undefined {
  const { nodes, layers, readers, constants, output } = context
  if (node.op !== 'binary' || !['add', 'sub', 'mul', 'div'].includes(node.function)) return undefined
  const [left = '', right = ''] = node.inputs
  const dynamicIsLeft = !constants.has(left)
  if (!dynamicIsLeft && node.function === 'div') return undefined
  const [dynamic, other] = dynamicIsLeft ? [left, right] : [right, left]
  const at = layers.get(dynamic)
  const layer = at === undefined ? undefined : nodes[at]
  const constant = constants.get(other)
  if (at === undefined || layer === undefined || constant === undefined || !isLayer(layer)) return undefined
  if (readers.get(dynamic) !== 1 || dynamic === output || node.shape.join() !== layer.shape.join()) return undefined
  const [, weightName = '', biasName = ''] = layer.inputs
  const [weight, bias] = [constants.get(weightName), constants.get(biasName)]
  if (weight === undefined || bias === undefined || node.type !== 'float') return undefined
  const values = spread(constant, { channels: bias.values.length, shape: layer.shape, last: layer.op === 'gemm' })
  if (values === undefined) return undefined
  const { factor, addend } = affineOf(node.function, { values, dynamicIsLeft })
  const newBias = Float32Array.from(bias.values, (value, k) => value * (factor?.[k] ?? 1) + (addend?.[k] ?? 0))
  const newWeight = factor === undefined ? undefined : scaleRows(layer, { weight, factor })
  const finite = [newBias, newWeight ?? newBias].every((list) => list.every((value) => Number.isFinite(value)))
  if (!finite) return undefined
  const inputs = [...layer.inputs]
  inputs[2] = `${node.output}.bias`
  constants.set(inputs[2], { ...bias, values: newBias })
  if (newWeight !== undefined) {
    inputs[1] = `${node.output}.weight`
    constants.set(inputs[1], { ...weight, values: newWeight })
  }
  return { layer: { ...layer, inputs, output: node.output }, at }
}

/** `factor · y + addend`, each where it does something. */
function affineOf(
  name: string,
  { values, dynamicIsLeft }: { values: number[]; dynamicIsLeft: boolean },
): { factor?: number[]; addend?: number[] } {
  if (name === 'mul') return { factor: values }
  if (name === 'div') return { factor: values.map((value) => 1 / value) }
  if (name === 'add') return { addend: values }
  if (dynamicIsLeft) return { addend: values.map((value) => -value) }
  return { factor: values.map(() => -1), addend: values }
}

/** A constant as one value for each channel, undefined where it varies along another dimension. */
function spread(
  { shape, values }: FloatConstant,
  { channels, shape: whole, last }: { channels: number; shape: number[]; last: boolean },
): number[] | undefined {
  if (values.length === 1) return new Array<number>(channels).fill(values[0] ?? 0)
  const axis = (last ? whole.length - 1 : 1) - whole.length + shape.length
  const alone = shape.every((length, at) => length === (at === axis ? channels : 1))
  return alone && values.length === channels ? Array.from(values) : undefined
}

/** The weights, those of each output channel times its factor. */
function scaleRows(layer: Layer, { weight, factor }: { weight: FloatConstant; factor: number[] }): Float32Array {
  const [first = 1, second = 1, ...kernel] = weight.shape
  const inner = kernel.reduce((product, length) => product * length, 1)
  if (layer.op !== 'convTranspose') {
    return Float32Array.from(weight.values, (value, at) => value * (factor[Math.floor(at / (second * inner))] ?? 1))
  }
  // [in, out / group, …]: the group comes from the input channel
  const inGroup = first / layer.group
  return Float32Array.from(weight.values, (value, at) => {
    const channel = Math.floor(at / (second * inner))
    return value * (factor[Math.floor(channel / inGroup) * second + (Math.floor(at / inner) % second)] ?? 1)
  })
}
