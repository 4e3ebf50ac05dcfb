import type { FloatNode, FloatNodeOf } from '../floatGraph.ts'
import { isMove } from '../moveMap.ts'
import { isTabled } from './composite.ts'
import { type Lowering, onlyReader } from './lowering.ts'
import { tableDomain } from './tableDomain.ts'

/**
 * What becomes of a sum. `exact`: it stays. `raw`: it may keep up to 24 bits, or as many as are told, because what reads it adds, compares or
 * rounds it; its step is `base` times a power of two, where what rounds it does so to steps of that size.
 * `hidden`: it gets the bits of a hidden value. `table`: it is looked up, so that it gets few bits and saturates at the ends of what the
 * function was seen to take. `code`: whole steps of a size that the model gives, saturated to lo…hi.
 */
export type TargetKind =
  | { kind: 'exact' | 'hidden' }
  | { kind: 'raw'; bits?: number; base?: number }
  | { kind: 'table'; lo: number; hi: number; bits: number }
  | { kind: 'code'; step: number; lo: number; hi: number; zero: number }

/** The tensor that a sum becomes, clamped to lo…hi in real numbers. */
export type Target = TargetKind & { output: string; floor: number; ceiling: number }

/**
 * What a tensor that a node sums up becomes. Clamps and roundings that alone read it are done with the sum and are absorbed:
 * the target's `output` is the last one's.
 */
export function targetOf(lowering: Lowering, name: string): Target {
  let [output, floor, ceiling] = [name, -Infinity, Infinity]
  for (let reader = onlyReader(lowering, output); reader; reader = onlyReader(lowering, output)) {
    if (reader.op === 'quantizeLinear') {
      const code = codeOf(lowering, reader)
      if (!code) break
      lowering.absorbed.add(reader)
      return { kind: 'code', ...code, output: reader.output, floor, ceiling }
    }
    const clip = clipOf(reader)
    if (!clip || isTabled(lowering, output)) break
    floor = Math.max(floor, clip.lo)
    ceiling = Math.max(floor, Math.min(ceiling, clip.hi))
    lowering.absorbed.add(reader)
    output = reader.output
  }
  return { ...kindOf(lowering, { output, isClipped: floor > -Infinity || ceiling < Infinity }), output, floor, ceiling }
}

/** The ends of a node that clamps, or undefined. */
export function clipOf(node: FloatNode): { lo: number; hi: number } | undefined {
  if (node.op !== 'unary') return undefined
  if (node.function === 'relu') return { lo: 0, hi: Infinity }
  return node.function === 'clip' ? { lo: node.alpha, hi: node.beta } : undefined
}

/** The one step of a quantization, and its range about its zero. */
export function codeOf({ constant }: Lowering, node: FloatNodeOf<'quantizeLinear'>) {
  const [scale, zeros] = [constant(node.inputs[1])?.values ?? [], constant(node.inputs[2])?.values ?? []]
  if (scale.length !== 1) return undefined
  const zero = zeros[0] ?? 0
  return { step: scale[0] ?? 1, lo: node.lo - zero, hi: node.hi - zero, zero }
}

function kindOf(lowering: Lowering, { output, isClipped }: { output: string; isClipped: boolean }): TargetKind {
  if (isTabled(lowering, output)) {
    return { kind: 'table', ...tableDomain(lowering, output) }
  }
  const needs = needsOf(lowering, output)
  if (needs.has('hidden') || (isClipped && (needs.has('raw') || needs.has('scaled')))) return { kind: 'hidden' }
  if (needs.has('scaled')) return { kind: 'raw', bits: scaledBits }
  if (!needs.has('raw')) return { kind: 'exact' }
  const base = codeStepBehind(lowering, output)
  return { kind: 'raw', ...(base !== undefined && { base }) }
}

/** The step of the codes that a tensor is rounded to after clamps, moves and maxima that alone read it. */
function codeStepBehind(lowering: Lowering, name: string): number | undefined {
  const reader = onlyReader(lowering, name)
  if (!reader) return undefined
  if (reader.op === 'quantizeLinear') return codeOf(lowering, reader)?.step
  const isPlain = reader.op === 'maxPool' || isMove(reader) || clipOf(reader) !== undefined
  return isPlain ? codeStepBehind(lowering, reader.output) : undefined
}

/** Bits of what is normalized, or multiplied by constants before it is added or becomes the output: factors need the rest of a sum's 30. */
const scaledBits = 17

type Need = 'exact' | 'raw' | 'scaled' | 'hidden'

/** What those need that read a tensor: the model's output is exact; what adds and compares takes raw sums; all else takes few bits. */
function needsOf(lowering: Lowering, name: string): Set<Need> {
  const { float, readers } = lowering
  const needs = new Set<Need>(name === float.output.name ? ['exact'] : [])
  for (const node of readers(name)) {
    if (isMove(node) || node.op === 'dequantizeLinear' || (node.op === 'unary' && node.function === 'neg')) {
      for (const need of needsOf(lowering, node.output)) needs.add(need)
    } else if (isScale(lowering, node)) {
      for (const need of needsOf(lowering, node.output)) needs.add(need === 'hidden' ? need : 'scaled')
    } else if (isShift(lowering, node)) for (const need of needsOf(lowering, node.output)) needs.add(need)
    else needs.add(isNormalized(node) ? 'scaled' : takesRaw(node) ? 'raw' : 'hidden')
  }
  return needs
}

function isScale({ constant }: Lowering, node: FloatNode): boolean {
  if (node.op !== 'binary' || (node.function !== 'mul' && node.function !== 'div')) return false
  return constant(node.inputs[1]) !== undefined || (node.function === 'mul' && constant(node.inputs[0]) !== undefined)
}

function isShift({ constant }: Lowering, node: FloatNode): boolean {
  const isSum = node.op === 'binary' && (node.function === 'add' || node.function === 'sub')
  return isSum && node.inputs.some((input) => constant(input) !== undefined)
}

/** Whether a node relates each element to all of its row, in integers that grow with its length. */
function isNormalized(node: FloatNode): boolean {
  return node.op === 'layerNorm' || node.op === 'softmax' || (node.op === 'reduce' && node.function === 'mean')
}

function takesRaw(node: FloatNode): boolean {
  if (node.op === 'binary') return ['add', 'sub', 'min', 'max'].includes(node.function)
  if (node.op === 'reduce') return node.function !== 'prod'
  return clipOf(node) !== undefined || ['maxPool', 'argMax', 'compare'].includes(node.op)
}
