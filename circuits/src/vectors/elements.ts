import type { Relation } from '../exactGraph.ts'
import {
  elementAddress,
  type Kind,
  loadElement,
  loadLanes,
  roundingParameters,
  roundVector,
  splatRounding,
  storeElement,
  storeLanes,
} from './rounding.ts'
import { type Code, choose, forLoop, get, i32, i64, set, v128 } from './wasmCode.ts'
import { type AddLocals, wasmFunction } from './wasmModule.ts'

/*
 * Kernels that take their operands element by element, four at a time. They may write up to three elements too many behind the
 * last one, where every tensor has room.
 */

/** Writes four results at a time: `lanes` makes them from the addresses of the operands' next four elements. */
function elementLoop(
  context: { operands: readonly { tensor: number; kind: Kind }[]; count: number; out: number; outKind: Kind },
  { addLocals, lanes }: { addLocals: AddLocals; lanes: (operands: Code[]) => Code },
): Code {
  const { element } = addLocals('i32', ['element'])
  const at = (tensor: number, kind: Kind) => elementAddress(kind, { tensor, index: element })
  const operands = context.operands.map(({ tensor, kind }) => loadLanes(kind, at(tensor, kind)))
  return forLoop(
    { index: element, to: get(context.count), step: 4 },
    storeLanes(context.outKind, { address: at(context.out, context.outKind), vectors: [lanes(operands)] }),
  )
}

/** y_j = round(x_j · z_j). */
export function productKernel({ left, right, out }: { left: Kind; right: Kind; out: Kind }) {
  return wasmFunction(['x', 'z', 'count', 'out', ...roundingParameters], (p, addLocals) => {
    const rounding = splatRounding(p, addLocals)
    const operands = [
      { tensor: p.x, kind: left },
      { tensor: p.z, kind: right },
    ]
    const lanes = ([x = [], z = []]: Code[]) => roundVector(v128.mul32(x, z), rounding.vectors)
    return [...rounding.code, ...elementLoop({ ...p, operands, outKind: out }, { addLocals, lanes })]
  })
}

/** y_j = round(x_j · multiplier) where products fit 32 bits. */
export function scaleKernel({ kind, out }: { kind: Kind; out: Kind }) {
  return wasmFunction(['x', 'multiplier', 'count', 'out', ...roundingParameters], (p, addLocals) => {
    const rounding = splatRounding(p, addLocals)
    const { multiplier } = addLocals('v128', ['multiplier'])
    const operands = [{ tensor: p.x, kind }]
    const lanes = ([x = []]: Code[]) => roundVector(v128.mul32(x, get(multiplier)), rounding.vectors)
    return [
      ...rounding.code,
      ...set(multiplier, v128.splat32(get(p.multiplier))),
      ...elementLoop({ ...p, operands, outKind: out }, { addLocals, lanes }),
    ]
  })
}

/** {@link scaleKernel} for products of up to 52 bits, one at a time. */
export function wideScaleKernel({ kind, out }: { kind: Kind; out: Kind }) {
  return wasmFunction(['x', 'multiplier', 'count', 'out', ...roundingParameters], (p, addLocals) => {
    const { element } = addLocals('i32', ['element'])
    const l = addLocals('i64', ['value', 'half', 'shift'])
    const wide = (parameter: number) => i64.fromI32(get(parameter))
    const product = i64.mul(wideElement(), wide(p.multiplier))
    function wideElement(): Code {
      return i64.fromI32(loadElement(kind, elementAddress(kind, { tensor: p.x, index: element })))
    }
    return [
      ...set(l.shift, wide(p.shift)),
      // 2^(shift-1), or 0 without a shift; `half` may be too great for a parameter
      ...set(l.half, i64.shiftRight(i64.shiftLeft(i64.const(1), get(l.shift)), i64.const(1))),
      ...forLoop({ index: element, to: get(p.count) }, [
        ...set(l.value, i64.shiftRight(i64.add(product, get(l.half)), get(l.shift))),
        ...set(l.value, choose(i64.lessThan(get(l.value), wide(p.lo)), { yes: wide(p.lo), no: get(l.value) })),
        ...set(l.value, choose(i64.greaterThan(get(l.value), wide(p.hi)), { yes: wide(p.hi), no: get(l.value) })),
        ...storeElement(out, {
          address: elementAddress(out, { tensor: p.out, index: element }),
          value: i32.fromI64(get(l.value)),
        }),
      ]),
    ]
  })
}

/** y_j = 1 if x_j relation z_j, else 0. */
export function compareKernel({
  left,
  right,
  out,
  relation,
}: {
  left: Kind
  right: Kind
  out: Kind
  relation: Relation
}) {
  return wasmFunction(['x', 'z', 'count', 'out'], (p, addLocals) => {
    const { one } = addLocals('v128', ['one'])
    const operands = [
      { tensor: p.x, kind: left },
      { tensor: p.z, kind: right },
    ]
    const holds = { greater: v128.greater32, greaterOrEqual: v128.greaterOrEqual32, equal: v128.equal32 }[relation]
    const lanes = ([x = [], z = []]: Code[]) => v128.and(holds(x, z), get(one))
    return [
      ...set(one, v128.splat32(i32.const(1))),
      ...elementLoop({ ...p, operands, outKind: out }, { addLocals, lanes }),
    ]
  })
}

/** y_j = a_j if c_j is not 0, else b_j. */
export function selectKernel(kinds: { condition: Kind; yes: Kind; no: Kind; out: Kind }) {
  return wasmFunction(['condition', 'yes', 'no', 'count', 'out'], (p, addLocals) => {
    const operands = (['condition', 'yes', 'no'] as const).map((name) => ({ tensor: p[name], kind: kinds[name] }))
    const lanes = ([condition = [], yes = [], no = []]: Code[]) =>
      v128.bitselect(v128.notEqual32(condition, v128.zero), { yes, no })
    return elementLoop({ ...p, operands, outKind: kinds.out }, { addLocals, lanes })
  })
}

/** The same elements in another kind; what does not fit it is cut to its ends. */
export function copyKernel({ kind, out }: { kind: Kind; out: Kind }) {
  return wasmFunction(['x', 'count', 'out'], (p, addLocals) =>
    elementLoop({ ...p, operands: [{ tensor: p.x, kind }], outKind: out }, { addLocals, lanes: ([x = []]) => x }),
  )
}
