import { quote } from '../onnxErrors.ts'
import { checkShape } from '../onnxTensor.ts'
import { fullLayer } from './matrix.ts'
import {
  constantNumbers,
  constantOperand,
  emit,
  listOf,
  makeConstant,
  type Operand,
  type Operator,
  operand,
  optionalOperand,
  pick,
  readAxes,
  readAxis,
  refuse,
  reserveNumbers,
  type Site,
  transpose,
} from './site.ts'

/** What makes a tensor longer or shorter along its dimensions. */
export const resamplingOperators: Record<string, Operator> = {
  Pad: { attributes: ['mode'], inputs: [2, 4], lower: lowerPad },
  Resize: {
    attributes: [
      'antialias',
      'axes',
      'coordinate_transformation_mode',
      'cubic_coeff_a',
      'exclude_outside',
      'extrapolation_value',
      'keep_aspect_ratio_policy',
      'mode',
      'nearest_mode',
    ],
    inputs: [1, 4],
    lower: lowerResize,
  },
}

/** Elements that a pad reads, by their number in the dimension. */
const padModes: Record<string, (index: number, length: number) => number> = {
  edge: (index, length) => Math.min(length - 1, Math.max(0, index)),
  reflect: (index, length) => {
    const period = Math.max(1, 2 * (length - 1))
    const folded = ((index % period) + period) % period
    return folded < length ? folded : period - folded
  },
  wrap: (index, length) => ((index % length) + length) % length,
}

/** Constant pads around the input; the other modes pick elements again. Pads below 0 cut off. */
function lowerPad(site: Site) {
  const x = operand(site, 0)
  const rank = x.shape.length
  const pads = constantNumbers(site, 1) ?? []
  const axes = (constantNumbers(site, 3) ?? x.shape.map((_, axis) => axis)).map((axis) => readAxis(site, [axis, rank]))
  readAxes(site, [axes, rank])
  if (pads.length !== axes.length * 2) throw refuse(site, `its pads are ${pads.length}; allowed are ${axes.length * 2}`)
  const [before, after] = [x.shape.map(() => 0), x.shape.map(() => 0)]
  for (const [index, axis] of axes.entries()) {
    before[axis] = pads[index] ?? 0
    after[axis] = pads[index + axes.length] ?? 0
  }
  const shape = x.shape.map((length, axis) => length + (before[axis] ?? 0) + (after[axis] ?? 0))
  if (shape.some((length) => length < 1)) throw refuse(site, `its pads [${listOf(pads)}] leave nothing of its input`)
  checkShape(shape, site.lowering.limits)
  const mode = site.attributes.text('mode', 'constant')
  const number = Object.hasOwn(padModes, mode) ? padModes[mode] : undefined
  if (number !== undefined) {
    return x.shape.reduce((padded, length, axis) => {
      if (shape[axis] === length && before[axis] === 0) return padded
      reserveNumbers(site, shape[axis] ?? 0)
      const indices = Array.from({ length: shape[axis] ?? 0 }, (_, index) =>
        number(index - (before[axis] ?? 0), length),
      )
      return pick(site, [padded, axis, indices])
    }, x)
  }
  if (mode !== 'constant') throw refuse(site, `mode is ${quote(mode)}, which ONNX does not define`)
  const value = optionalOperand(site, 2) === undefined ? 0 : (constantOperand(site, 2).constant.values[0] ?? 0)
  // what is cut off is cut first, so that the pad node only adds
  const cut = x.shape.reduce((rest, length, axis) => {
    const [first, last] = [Math.max(0, -(before[axis] ?? 0)), length - Math.max(0, -(after[axis] ?? 0))]
    if (first === 0 && last === length) return rest
    reserveNumbers(site, last - first)
    const kept = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index)
    return pick(site, [rest, axis, kept])
  }, x)
  if (shape.join() === cut.shape.join()) return cut
  const added = before.map((length) => Math.max(0, length))
  const made = emit(site, { op: 'pad', before: added, value, inputs: [cut], shape, type: x.type })
  return { ...made, dataType: x.dataType }
}

type Line = { length: number; out: number; scale: number }

/** Where an output's position stands in the input. */
const coordinates: Record<string, (index: number, line: Line) => number> = {
  half_pixel: (index, { scale }) => (index + 0.5) / scale - 0.5,
  half_pixel_symmetric: (index, { length, out, scale }) =>
    (length / 2) * (1 - out / (scale * length)) + (index + 0.5) / scale - 0.5,
  pytorch_half_pixel: (index, { out, scale }) => (out === 1 ? -0.5 : (index + 0.5) / scale - 0.5),
  align_corners: (index, { length, scale }) =>
    length * scale === 1 ? 0 : (index * (length - 1)) / (length * scale - 1),
  asymmetric: (index, { scale }) => index / scale,
}

const roundings: Record<string, (x: number) => number> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
}

/** Nearest picks elements; linear is a full layer along each dimension. */
function lowerResize(site: Site) {
  const x = operand(site, 0)
  const { attributes } = site
  const mode = attributes.text('mode', 'nearest')
  if (mode !== 'nearest' && mode !== 'linear') {
    throw refuse(site, `mode is ${quote(mode)}; supported are "nearest" and "linear"`)
  }
  if (attributes.integer('antialias', 0) !== 0) throw refuse(site, 'antialias is on; supported is off')
  const place = choiceOf(site, ['coordinate_transformation_mode', 'half_pixel', coordinates])
  const round = choiceOf(site, ['nearest_mode', 'round_prefer_floor', roundings])
  const lines = readLines(site, x)
  checkShape(
    lines.map(({ out }) => out),
    site.lowering.limits,
  )
  return lines.reduce((resized, line, axis) => {
    const { length, out, scale } = line
    if (scale === 1 && out === length) return resized
    reserveNumbers(site, out)
    const places = Array.from({ length: out }, (_, index) => place(index, line))
    const within = (index: number) => Math.min(length - 1, Math.max(0, index))
    if (mode === 'nearest') return pick(site, [resized, axis, places.map((at) => within(round(at)))])
    reserveNumbers(site, checkShape([out, length], site.lowering.limits))
    const weights = new Float32Array(out * length)
    for (const [row, at] of places.entries()) {
      const low = Math.floor(at)
      for (const [index, share] of [
        [within(low), 1 - (at - low)],
        [within(low + 1), at - low],
      ] as const) {
        weights[row * length + index] = (weights[row * length + index] ?? 0) + share
      }
    }
    return alongAxis(site, [resized, axis, makeConstant(site, { values: weights, shape: [out, length] })])
  }, x)
}

/** A full layer along one dimension, `weight` `[out, in]`. */
function alongAxis(site: Site, [x, axis, weight]: [Operand, number, Operand]): Operand {
  const last = x.shape.length - 1
  const order = x.shape.map((_, at) => (at === last ? axis : at === axis ? last : at))
  return transpose(site, [fullLayer(site, { x: transpose(site, [x, order]), weight }), order])
}

function choiceOf<T>(site: Site, [name, otherwise, choices]: [string, string, Record<string, T>]): T {
  const chosen = site.attributes.text(name, otherwise)
  const found = Object.hasOwn(choices, chosen) ? choices[chosen] : undefined
  if (found !== undefined) return found
  throw refuse(site, `${name} is ${quote(chosen)}; supported are ${Object.keys(choices).join(', ')}`)
}

/** Each dimension's length before and after, and the ratio that positions are worked out with. */
function readLines(site: Site, x: Operand): Line[] {
  const rank = x.shape.length
  const { attributes } = site
  const [scales, sizes] = [numbers(site, 2), numbers(site, 3)]
  const axes = (attributes.integers('axes') ?? x.shape.map((_, axis) => axis)).map((axis) =>
    readAxis(site, [axis, rank]),
  )
  readAxes(site, [axes, rank])
  const given = scales ?? sizes
  if (given === undefined || given.length !== axes.length || (scales && sizes) || given.some((value) => !(value > 0))) {
    throw refuse(site, `it needs either scales or sizes, each above 0, for ${axes.length} dimensions`)
  }
  const policy = attributes.text('keep_aspect_ratio_policy', 'stretch')
  const ratios = axes.map((axis, index) => (sizes?.[index] ?? 0) / (x.shape[axis] ?? 1))
  const common = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios)
  const lines = x.shape.map((length): Line => ({ length, out: length, scale: 1 }))
  for (const [index, axis] of axes.entries()) {
    const length = x.shape[axis] ?? 1
    if (scales !== undefined) {
      const scale = scales[index] ?? 1
      lines[axis] = { length, out: Math.floor(length * scale), scale }
    } else if (policy === 'stretch') {
      lines[axis] = { length, out: sizes?.[index] ?? length, scale: ratios[index] ?? 1 }
    } else {
      lines[axis] = { length, out: Math.floor(common * length + 0.5), scale: common }
    }
  }
  const empty = lines.find(({ out }) => out < 1)
  if (empty !== undefined) throw refuse(site, `a dimension of ${empty.length} would become ${empty.out}`)
  return lines
}

/** A list that may be there and empty, which means that it is left out. */
function numbers(site: Site, index: number): number[] | undefined {
  const list = constantNumbers(site, index)
  return list === undefined || list.length === 0 ? undefined : list
}
