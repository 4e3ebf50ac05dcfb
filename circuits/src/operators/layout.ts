import { checkShape, countElements } from '../onnxTensor.ts'
import {
  broadcastShapes,
  constantNumbers,
  emit,
  listOf,
  makeConstant,
  type Operand,
  type Operator,
  operand,
  pick,
  readAxes,
  readAxis,
  refuse,
  reserveNumbers,
  reshape,
  type Site,
  transpose,
} from './site.ts'

/** ONNX's operators that put elements in other places. */
export const layoutOperators: Record<string, Operator> = {
  Concat: { attributes: ['axis'], inputs: [1, 1000], lower: lowerConcat },
  DepthToSpace: { attributes: ['blocksize', 'mode'], inputs: [1, 1], lower: lowerDepthToSpace },
  Expand: { attributes: [], inputs: [2, 2], lower: lowerExpand },
  Flatten: { attributes: ['axis'], inputs: [1, 1], lower: lowerFlatten },
  Gather: { attributes: ['axis'], inputs: [2, 2], lower: lowerGather },
  Reshape: { attributes: ['allowzero'], inputs: [2, 2], lower: lowerReshape },
  Slice: { attributes: [], inputs: [3, 5], lower: lowerSlice },
  SpaceToDepth: { attributes: ['blocksize'], inputs: [1, 1], lower: lowerSpaceToDepth },
  Split: { attributes: ['axis', 'num_outputs'], inputs: [1, 2], lower: lowerSplit },
  Squeeze: { attributes: [], inputs: [1, 2], lower: lowerSqueeze },
  Tile: { attributes: [], inputs: [2, 2], lower: lowerTile },
  Transpose: { attributes: ['perm'], inputs: [1, 1], lower: lowerTranspose },
  Unsqueeze: { attributes: [], inputs: [2, 2], lower: lowerUnsqueeze },
}

function lowerTranspose(site: Site) {
  const x = operand(site, 0)
  const rank = x.shape.length
  const order = site.attributes.integers('perm') ?? x.shape.map((_, axis) => rank - 1 - axis)
  if (order.length === rank && x.shape.every((_, axis) => order.includes(axis))) return transpose(site, [x, order])
  throw refuse(site, `perm is [${listOf(order)}]; it must name each of ${rank} dimensions once`)
}

function lowerFlatten(site: Site) {
  const x = operand(site, 0)
  const axis = site.attributes.integer('axis', 1)
  const rank = x.shape.length
  if (axis < -rank || axis > rank) throw refuse(site, `axis is ${axis}; its input has ${rank} dimensions`)
  const rows = countElements(x.shape.slice(0, axis < 0 ? axis + rank : axis))
  return reshape(site, [x, [rows, rows === 0 ? 0 : countElements(x.shape) / rows]])
}

/** The list of lengths that an input gives. */
function lengthsOf(site: Site, index: number): number[] {
  return constantNumbers(site, index) ?? []
}

function lowerReshape(site: Site) {
  const x = operand(site, 0)
  const keepsZero = site.attributes.integer('allowzero', 0) !== 0
  const wanted = lengthsOf(site, 1)
  const target = wanted.map((length, index) => (length === 0 && !keepsZero ? (x.shape[index] ?? -2) : length))
  const known = countElements(target.filter((length) => length !== -1))
  const total = countElements(x.shape)
  const inferred = target.map((length) => (length === -1 ? total / known : length))
  const isShape = inferred.every((length) => Number.isInteger(length) && length >= 0)
  if (!isShape || countElements(inferred) !== total || target.filter((length) => length === -1).length > 1) {
    throw refuse(site, `it reshapes [${listOf(x.shape)}] to [${listOf(wanted)}], which is not as many elements`)
  }
  checkShape(inferred, site.lowering.limits)
  return reshape(site, [x, inferred])
}

function lowerSqueeze(site: Site) {
  const x = operand(site, 0)
  const ones = x.shape.flatMap((length, axis) => (length === 1 ? [axis] : []))
  const given = constantNumbers(site, 1)
  const axes = given === undefined ? ones : readAxes(site, [given, x.shape.length])
  const wrong = axes.find((axis) => x.shape[axis] !== 1)
  if (wrong !== undefined) throw refuse(site, `dimension ${wrong} of [${listOf(x.shape)}] is not 1 and cannot go`)
  return reshape(site, [x, x.shape.filter((_, axis) => !axes.includes(axis))])
}

function lowerUnsqueeze(site: Site) {
  const x = operand(site, 0)
  const given = lengthsOf(site, 1)
  const rank = x.shape.length + given.length
  const axes = readAxes(site, [given, rank])
  const rest = x.shape.values()
  const shape = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.next().value ?? 1)))
  checkShape(shape, site.lowering.limits)
  return reshape(site, [x, shape])
}

function lowerConcat(site: Site) {
  const inputs = site.node.input.map((_, index) => operand(site, index))
  const [first] = inputs
  if (first === undefined) throw refuse(site, 'it has no inputs')
  const axis = readAxis(site, [site.attributes.integer('axis', 0), first.shape.length])
  const rest = (x: Operand) => x.shape.toSpliced(axis, 1).join()
  const other = inputs.find((x) => x.shape.length !== first.shape.length || rest(x) !== rest(first))
  if (other !== undefined) {
    const shapes = `[${listOf(first.shape)}] and [${listOf(other.shape)}]`
    throw refuse(site, `its inputs have the shapes ${shapes}, which differ in another dimension than ${axis}`)
  }
  const parts = inputs.filter(({ shape }) => shape[axis] !== 0)
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const shape = first.shape.with(
    axis,
    inputs.reduce((sum, x) => sum + (x.shape[axis] ?? 0), 0),
  )
  return { ...emit(site, { op: 'concat', axis, inputs: parts, shape, type: first.type }), dataType: first.dataType }
}

type Range = { x: Operand; starts: number[]; steps: number[]; shape: number[] }

function slice(site: Site, { x, starts, steps, shape }: Range): Operand {
  if (shape.join() === x.shape.join() && steps.every((step) => step > 0)) return x
  return { ...emit(site, { op: 'slice', starts, steps, inputs: [x], shape, type: x.type }), dataType: x.dataType }
}

function lowerSlice(site: Site) {
  const x = operand(site, 0)
  const rank = x.shape.length
  const [begins, ends] = [lengthsOf(site, 1), lengthsOf(site, 2)]
  const named = constantNumbers(site, 3) ?? begins.map((_, axis) => axis)
  const given = constantNumbers(site, 4) ?? begins.map(() => 1)
  if (ends.length !== begins.length || named.length !== begins.length || given.length !== begins.length) {
    throw refuse(site, 'its starts, ends, axes and steps are not equally many')
  }
  readAxes(site, [named, rank])
  const [starts, steps, shape] = [x.shape.map(() => 0), x.shape.map(() => 1), [...x.shape]]
  for (const [index, number] of named.entries()) {
    const axis = readAxis(site, [number, rank])
    const [length, step] = [x.shape[axis] ?? 1, given[index] ?? 1]
    if (step === 0) throw refuse(site, 'a step is 0')
    const clamp = (value: number, lo: number, hi: number) => Math.min(hi, Math.max(lo, value))
    const fromEnd = (value: number) => (value < 0 ? value + length : value)
    const [start, end] = [fromEnd(begins[index] ?? 0), fromEnd(ends[index] ?? 0)]
    const from = step > 0 ? clamp(start, 0, length) : clamp(start, 0, length - 1)
    const to = step > 0 ? clamp(end, 0, length) : clamp(end, -1, length - 1)
    starts[axis] = from
    steps[axis] = step
    shape[axis] = Math.max(0, Math.ceil((to - from) / step))
  }
  return slice(site, { x, starts, steps, shape })
}

function lowerSplit(site: Site) {
  const x = operand(site, 0)
  const axis = readAxis(site, [site.attributes.integer('axis', 0), x.shape.length])
  const length = x.shape[axis] ?? 1
  const count = site.attributes.integer('num_outputs', site.node.output.length)
  const each = Math.ceil(length / Math.max(1, count))
  const sizes =
    constantNumbers(site, 1) ?? site.node.output.map((_, index) => Math.min(each, Math.max(0, length - index * each)))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (sizes.length !== site.node.output.length || total !== length || sizes.some((size) => size < 0)) {
    throw refuse(site, `it splits ${length} into [${listOf(sizes)}], for ${site.node.output.length} outputs`)
  }
  return sizes.map((size, index) => {
    // a part that nothing reads is not made, so that it may be empty
    if (!site.node.output[index]) return undefined
    const before = sizes.slice(0, index).reduce((sum, part) => sum + part, 0)
    const starts = x.shape.map((_, at) => (at === axis ? before : 0))
    return slice(site, { x, starts, steps: x.shape.map(() => 1), shape: x.shape.with(axis, size) })
  })
}

function lowerGather(site: Site) {
  const [data, indices] = [operand(site, 0), operand(site, 1)]
  const axis = readAxis(site, [site.attributes.integer('axis', 0), data.shape.length])
  return gather(site, { data, indices, axis })
}

/** Elements picked along an axis; constant numbers are checked and made positive. */
export function gather(
  site: Site,
  { data, indices, axis }: { data: Operand; indices: Operand; axis: number },
): Operand {
  const length = data.shape[axis] ?? 1
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)]
  let numbers = indices
  if (indices.constant !== undefined) {
    const { values } = indices.constant
    const wrong = values.find((index) => !Number.isInteger(index) || index < -length || index >= length)
    if (wrong !== undefined) throw refuse(site, `it picks number ${wrong} of ${length}`)
    if (values.some((index) => index < 0)) {
      const positive = Array.from(values, (index) => (index < 0 ? index + length : index))
      numbers = makeConstant(site, { values: positive, shape: indices.shape, type: 'integer' })
    }
  }
  const made = emit(site, { op: 'gather', axis, inputs: [data, numbers], shape, type: data.type })
  return { ...made, dataType: data.dataType }
}

function lowerExpand(site: Site) {
  const x = operand(site, 0)
  const shape = broadcastShapes(site, [x.shape, lengthsOf(site, 1)])
  return expand(site, [x, shape])
}

function expand(site: Site, [x, shape]: [Operand, number[]]): Operand {
  if (shape.join() === x.shape.join()) return x
  return { ...emit(site, { op: 'expand', inputs: [x], shape, type: x.type }), dataType: x.dataType }
}

/** Each dimension gets one before it that is repeated. */
function lowerTile(site: Site) {
  const x = operand(site, 0)
  const repeats = lengthsOf(site, 1)
  if (repeats.length !== x.shape.length || repeats.some((times) => times < 1)) {
    throw refuse(site, `it repeats [${listOf(x.shape)}] [${listOf(repeats)}] times; each must be at least 1`)
  }
  const shape = x.shape.map((length, axis) => length * (repeats[axis] ?? 1))
  checkShape(shape, site.lowering.limits)
  return x.shape.reduce((tiled, length, axis) => {
    if (repeats[axis] === 1) return tiled
    reserveNumbers(site, shape[axis] ?? 0)
    return pick(site, [tiled, axis, Array.from({ length: shape[axis] ?? 0 }, (_, index) => index % length)])
  }, x)
}

function readBlock(site: Site, x: Operand): number {
  const block = site.attributes.integer('blocksize', 0)
  if (x.shape.length === 4 && block >= 1) return block
  throw refuse(
    site,
    `blocksize is ${block} and its input [${listOf(x.shape)}]; allowed are [n, channels, height, width]`,
  )
}

function lowerDepthToSpace(site: Site) {
  const x = operand(site, 0)
  const block = readBlock(site, x)
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape
  const mode = site.attributes.text('mode', 'DCR')
  const out = channels / block ** 2
  if (!Number.isInteger(out) || (mode !== 'DCR' && mode !== 'CRD')) {
    throw refuse(site, `it makes ${channels} channels ${mode} by blocks of ${block}`)
  }
  const split = mode === 'DCR' ? [batch, block, block, out, height, width] : [batch, out, block, block, height, width]
  const order = mode === 'DCR' ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
  const blocks = transpose(site, [reshapeWide(site, [x, split]), order])
  return reshape(site, [blocks, [batch, out, height * block, width * block]])
}

function lowerSpaceToDepth(site: Site) {
  const x = operand(site, 0)
  const block = readBlock(site, x)
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape
  if (height % block !== 0 || width % block !== 0) {
    throw refuse(site, `its input [${listOf(x.shape)}] is not made of whole blocks of ${block}`)
  }
  const [rows, columns] = [height / block, width / block]
  const blocks = reshapeWide(site, [x, [batch, channels, rows, block, columns, block]])
  return reshape(site, [transpose(site, [blocks, [0, 3, 5, 1, 2, 4]]), [batch, channels * block ** 2, rows, columns]])
}

function reshapeWide(site: Site, [x, shape]: [Operand, number[]]): Operand {
  checkShape(shape, site.lowering.limits)
  return reshape(site, [x, shape])
}
