import {
  type ExactGraph,
  GraphInvalidError,
  type GraphNode,
  nodeAt,
  type Op,
  opCodes,
  type SecondWindow,
  type WeightTensor,
  type Window,
  weightAt,
} from './exactGraph.ts'
import { checkGraph } from './intervals.ts'
import type { Fields } from './primitives/primitive.ts'
import { primitiveOf, primitives } from './primitives/table.ts'
import { decodeTensor, encodeTensor, type Width } from './tensorBytes.ts'
import { type Hex, keccak256, tensorDepth, tensorRootBytes, toHex, treeDepth, treeRoot } from './tensorRoot.ts'

/*
 * The bytes of an exact graph (TRACE.md 8, 9): header (96) ‖ one descriptor (128) for each node ‖ the weight tensors.
 * `graphId` is the hash of the header, and the header holds the roots of the descriptors and of the weights, so the id
 * does not depend on how a file wraps them.
 */

const magic = new TextEncoder().encode('AXG1')
const headerBytes = 96
const descriptorBytes = 128
const formatVersion = 1
const keccakSuite = 0

/** Rounding byte of a descriptor: none, or half up by arithmetic shift. */
const rounding = { none: 0, halfUp: 1 } as const

/** keccak256 of the graph's header: the model's identity apart from its key and its owner. */
export function graphId(graph: ExactGraph): Hex {
  return toHex(keccak256(encodeHeader(graph)))
}

/**
 * The graph as a file. The same graph gives the same bytes on every machine.
 * @throws GraphInvalidError when a rule of the graph is broken
 */
export function encodeGraph(graph: ExactGraph): Uint8Array {
  checkGraph(graph)
  const tensors = graph.weights.map(({ width, values }) => ({
    width,
    count: values.length,
    bytes: encodeTensor(values, width),
  }))
  const weightBytes = tensors.reduce((sum, { bytes }) => sum + 8 + bytes.length, 0)
  const file = new Uint8Array(magic.length + headerBytes + graph.nodes.length * descriptorBytes + 4 + weightBytes)
  const view = new DataView(file.buffer)
  let at = 0
  const put = (bytes: Uint8Array) => {
    file.set(bytes, at)
    at += bytes.length
  }
  put(magic)
  put(encodeHeader(graph))
  for (const index of graph.nodes.keys()) put(encodeDescriptor(graph, index))
  view.setUint32(at, tensors.length)
  at += 4
  for (const { width, count, bytes } of tensors) {
    view.setUint8(at, width)
    view.setUint32(at + 4, count)
    at += 8
    put(bytes)
  }
  return file
}

/**
 * The graph of a file, checked whole: lengths, descriptors, header, intervals. Safe on bytes from strangers.
 * @throws GraphInvalidError
 */
export function decodeGraph(file: Uint8Array): ExactGraph {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  let at = magic.length + headerBytes
  const need = (bytes: number) => {
    if (at + bytes > file.length) throw new GraphInvalidError(`its file of ${file.length} bytes ends too early`)
  }
  need(4)
  if (magic.some((byte, index) => file[index] !== byte))
    throw new GraphInvalidError('its file does not begin with AXG1')
  const header = new DataView(file.buffer, file.byteOffset + magic.length, headerBytes)
  const nodeCount = header.getUint32(68)

  need(nodeCount * descriptorBytes)
  const nodes: GraphNode[] = []
  for (let index = 0; index < nodeCount; index++) {
    nodes.push(decodeDescriptor(file.subarray(at, at + descriptorBytes), index))
    at += descriptorBytes
  }

  need(4)
  const weightCount = view.getUint32(at)
  at += 4
  const weights: WeightTensor[] = []
  for (let index = 0; index < weightCount; index++) {
    need(8)
    const width = asWidth(view.getUint8(at), `weight tensor ${index}`)
    const count = view.getUint32(at + 4)
    at += 8
    need(count * width)
    weights.push({ width, values: decodeTensor(file.subarray(at, at + count * width), { count, width }) })
    at += count * width
  }
  if (at !== file.length) throw new GraphInvalidError(`its file has ${file.length - at} bytes after the last tensor`)

  const graph: ExactGraph = { nodes, weights, inputNode: header.getUint32(72), outputNode: header.getUint32(76) }
  // What was not read (header roots, reserved bytes, depths) must be what encoding writes, or one graph would have many files.
  const canonical = encodeGraph(graph)
  if (canonical.length !== file.length || canonical.some((byte, offset) => byte !== file[offset])) {
    throw new GraphInvalidError('its header or a descriptor does not match its nodes and weights')
  }
  return graph
}

/** graphRoot ‖ weightsRoot ‖ depths, suite, version ‖ counts ‖ 16 reserved (TRACE.md 8). */
function encodeHeader(graph: ExactGraph): Uint8Array {
  const header = new Uint8Array(headerBytes)
  const view = new DataView(header.buffer)
  const descriptors = graph.nodes.map((_, index) => keccak256(encodeDescriptor(graph, index)))
  const tensors = graph.weights.map(({ width, values }) => tensorRootBytes(encodeTensor(values, width)))
  header.set(treeRoot(descriptors), 0)
  header.set(treeRoot(tensors), 32)
  view.setUint8(64, treeDepth(descriptors.length))
  view.setUint8(65, treeDepth(tensors.length))
  view.setUint8(66, keccakSuite)
  view.setUint8(67, formatVersion)
  view.setUint32(68, graph.nodes.length)
  view.setUint32(72, graph.inputNode)
  view.setUint32(76, graph.outputNode)
  return header
}

/** The 128 bytes of TRACE.md 9; an absent operand has width 0. */
function encodeDescriptor(graph: ExactGraph, index: number): Uint8Array {
  const node = nodeAt(graph, index)
  const bytes = new Uint8Array(descriptorBytes)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, opCodes[node.op])
  view.setUint8(1, formatVersion)
  view.setUint8(2, node.width)
  view.setUint8(3, tensorDepth(node.count, node.width))
  view.setUint32(4, node.count)
  view.setInt32(8, node.lo)
  view.setInt32(12, node.hi)
  view.setInt32(16, 1)
  if (node.op === 'input') return bytes
  const fields: Fields = { ...absent, ...primitiveOf(node).describe(node, graph) }
  const { operands, window, second, weight, bias } = fields
  view.setInt32(16, fields.multiplier)
  view.setUint8(20, fields.shift)
  view.setUint8(21, fields.flags)
  view.setUint8(22, operands.length)
  view.setUint8(23, fields.shift === 0 ? rounding.none : rounding.halfUp)
  for (const [place, operand] of operands.entries()) {
    const { width, count } = nodeAt(graph, operand)
    view.setUint32(24 + 4 * place, operand)
    setLayout(view, { at: 44 + 2 * place, width, count })
  }
  for (const [place, tensor] of [weight, bias].entries()) {
    if (tensor === undefined) continue
    const { width, values } = weightAt(graph, tensor)
    view.setUint32(36 + 4 * place, tensor)
    setLayout(view, { at: 50 + 2 * place, width, count: values.length })
  }
  for (const [offset, field] of windowFields) view.setUint32(offset, window[field])
  view.setUint16(84, window.n1)
  view.setUint16(86, window.n2)
  for (const [offset, field] of secondFields) view.setUint32(offset, second[field])
  view.setInt32(120, fields.offset)
  return bytes
}

function setLayout(view: DataView, { at, width, count }: { at: number; width: Width; count: number }): void {
  view.setUint8(at, width)
  view.setUint8(at + 1, tensorDepth(count, width))
}

/** Offsets of the descriptor's 32-bit index fields. */
const windowFields: [offset: number, field: keyof Window][] = [
  [56, 'd1'],
  [60, 'd2'],
  [64, 's0'],
  [68, 's1'],
  [72, 's2'],
  [76, 'base'],
  [80, 'run'],
  [88, 'r1'],
  [92, 'r2'],
  [96, 'rowStride'],
]

/** Offsets of the second operand's fields. */
const secondFields: [offset: number, field: keyof SecondWindow][] = [
  [100, 't0'],
  [104, 't1'],
  [108, 't2'],
  [112, 'base'],
  [116, 'r1'],
]

/** Fields at rest: what a primitive does not describe. */
const absent: Fields = {
  operands: [],
  shift: 0,
  multiplier: 1,
  flags: 0,
  weight: undefined,
  bias: undefined,
  offset: 0,
  window: { d1: 0, d2: 0, s0: 0, s1: 0, s2: 0, base: 0, run: 0, n1: 0, n2: 0, r1: 0, r2: 0, rowStride: 0 },
  second: { t0: 0, t1: 0, t2: 0, base: 0, r1: 0 },
}

const opNames = new Map<number, Op>(Object.entries(opCodes).map(([name, code]) => [code, name as Op])) // opCodes' own keys

function decodeDescriptor(bytes: Uint8Array, index: number): GraphNode {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const op = opNames.get(view.getUint8(0))
  if (op === undefined) throw new GraphInvalidError(`node ${index} has the unknown operator ${view.getUint8(0)}`)
  const width = asWidth(view.getUint8(2), `node ${index}`)
  const shape = { count: view.getUint32(4), width, lo: view.getInt32(8), hi: view.getInt32(12) }
  if (op === 'input') return { op, ...shape }
  const operandCount = view.getUint8(22)
  if (operandCount < 1 || operandCount > 3) {
    throw new GraphInvalidError(`node ${index} has ${operandCount} operands; 1 to 3 are allowed`)
  }
  const window: Window = { ...absent.window, n1: view.getUint16(84), n2: view.getUint16(86) }
  for (const [offset, field] of windowFields) window[field] = view.getUint32(offset)
  const second: SecondWindow = { ...absent.second }
  for (const [offset, field] of secondFields) second[field] = view.getUint32(offset)
  return primitives[op].parse({
    shape,
    operands: Array.from({ length: operandCount }, (_, place) => view.getUint32(24 + 4 * place)),
    shift: view.getUint8(20),
    multiplier: view.getInt32(16),
    flags: view.getUint8(21),
    weight: view.getUint32(36),
    bias: view.getUint32(40),
    offset: view.getInt32(120),
    window,
    second,
  })
}

function asWidth(byte: number, what: string): Width {
  if (byte === 1 || byte === 2 || byte === 4) return byte
  throw new GraphInvalidError(`${what} has elements of ${byte} bytes; 1, 2 or 4 are allowed`)
}
