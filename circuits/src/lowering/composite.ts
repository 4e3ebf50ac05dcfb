import { binaryFunction } from '../evaluateFloatNode.ts'
import type { ElementType, FloatNode } from '../floatGraph.ts'
import { unaryFunction } from '../unaryFunctions.ts'
import type { Lowering } from './lowering.ts'
import { countOf } from './place.ts'

/**
 * A tensor as a function of each element of another, its root: what one look-up computes, however many nodes write it. An `affine`
 * function is the place's, a `clip` of one is a rounding, a `bend` a rounding and a sum (|x|, a leaky ReLU); a `curve` is looked up.
 */
export type Composite = {
  root: string
  apply: (x: number) => number
  form: 'affine' | 'clip' | 'bend' | 'curve'
  /** functions that one application takes */
  size: number
}

/** Functions that one table is made of, at most. */
const maxSize = 256

const compositesOf = new WeakMap<Lowering, Map<string, Composite>>()

/**
 * What each tensor is of an earlier one, element by element: chains of functions and of operations with one constant number,
 * and where two branches of one tensor meet again (x · sigmoid(x), GELU as exporters write it).
 */
function composites(lowering: Lowering): Map<string, Composite> {
  const known = compositesOf.get(lowering)
  if (known) return known
  const found = new Map<string, Composite>()
  compositesOf.set(lowering, found)
  const { input, nodes } = lowering.float
  const counts = new Map([[input.name, countOf(input.shape)]])
  const types = new Map([[input.name, input.type]])
  for (const node of nodes) {
    counts.set(node.output, countOf(node.shape))
    types.set(node.output, node.type)
    const composite = compositeOf(lowering, { node, found, type: types.get(node.inputs[0] ?? '') })
    if (!composite || composite.size > maxSize) continue
    if (counts.get(composite.root) === countOf(node.shape)) found.set(node.output, composite)
  }
  return found
}

function compositeOf(
  { constant }: Lowering,
  { node, found, type }: { node: FloatNode; found: Map<string, Composite>; type: ElementType | undefined },
): Composite | undefined {
  const of = (name: string): Composite => found.get(name) ?? { root: name, apply: (x) => x, form: 'affine', size: 0 }
  const [left = '', right = ''] = node.inputs
  if (node.op === 'unary') {
    if (node.function === 'isNaN') return undefined
    const [inner, f] = [of(left), unaryFunction(node)]
    return { ...inner, apply: (x) => f(inner.apply(x)), form: formOf(node.function, inner.form), size: inner.size + 1 }
  }
  if (node.op === 'cast') {
    if (node.type === 'boolean') return undefined
    const inner = of(left)
    if (node.type === 'float' || type !== 'float') return inner
    return { ...inner, apply: (x) => Math.trunc(inner.apply(x)), form: 'curve', size: inner.size + 1 }
  }
  if (node.op !== 'binary') return undefined
  const f = binaryFunction(node)
  const [a, b] = [constant(left), constant(right)]
  if (a || b) {
    const [value, ...others] = new Set((a ?? b)?.values)
    if (value === undefined || others.length > 0) return undefined
    const inner = of(a ? right : left)
    const apply = a ? (x: number) => f(value, inner.apply(x)) : (x: number) => f(inner.apply(x), value)
    const isLine = node.function === 'div' ? b !== undefined && node.type === 'float' : lines.includes(node.function)
    const isClip = (node.function === 'min' || node.function === 'max') && inner.form !== 'curve'
    return { ...inner, apply, form: isLine ? inner.form : isClip ? 'clip' : 'curve', size: inner.size + 1 }
  }
  const [x, y] = [of(left), of(right)]
  const isSum = node.function !== 'mul' && node.function !== 'div' && node.function !== 'pow'
  const areAffine = x.form === 'affine' && y.form === 'affine'
  // sums of straight pieces and squares have exact ways
  const isPlain = isSum ? x.form !== 'curve' && y.form !== 'curve' : areAffine && node.function === 'mul'
  if (x.root !== y.root || isPlain) return undefined
  const apply = (value: number) => f(x.apply(value), y.apply(value))
  return { root: x.root, apply, form: 'curve', size: x.size + y.size + 1 }
}

const lines: readonly string[] = ['add', 'sub', 'mul']

function formOf(name: string, inner: Composite['form']): Composite['form'] {
  if (name === 'neg' || name === 'not' || inner === 'curve') return inner
  if (name === 'relu' || name === 'clip') return 'clip'
  return name === 'abs' || name === 'leakyRelu' ? 'bend' : 'curve'
}

/** The function that a node computes of an earlier tensor, where a table is the way to compute it. */
export function tableOf(lowering: Lowering, node: FloatNode): Composite | undefined {
  const composite = composites(lowering).get(node.output)
  return composite?.form === 'curve' ? composite : undefined
}

/** The functions of a tensor that are looked up, by the nodes that end them. */
export function curvesOf(lowering: Lowering, root: string): { node: FloatNode; apply: (x: number) => number }[] {
  return lowering.float.nodes.flatMap((node) => {
    const composite = tableOf(lowering, node)
    return composite?.root === root && !isInside(lowering, node) ? [{ node, apply: composite.apply }] : []
  })
}

/** Whether a node is only a part of functions that are looked up, so that it needs no place. */
export function isInside(lowering: Lowering, node: FloatNode): boolean {
  const own = composites(lowering).get(node.output)
  return own !== undefined && isReadByTables(lowering, { name: node.output, root: own.root })
}

/** Whether a tensor is only looked up in tables. */
export function isTabled(lowering: Lowering, name: string): boolean {
  return isReadByTables(lowering, { name, root: name })
}

function isReadByTables(lowering: Lowering, { name, root }: { name: string; root: string }): boolean {
  const readers = lowering.readers(name)
  if (readers.length === 0 || name === lowering.float.output.name) return false
  return readers.every((reader) => {
    const composite = composites(lowering).get(reader.output)
    if (composite?.root !== root) return false
    return composite.form === 'curve' || isReadByTables(lowering, { name: reader.output, root })
  })
}
