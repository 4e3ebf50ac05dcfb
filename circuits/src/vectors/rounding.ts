import { type Code, choose, get, i32, set, v128 } from './wasmCode.ts'
import type { AddLocals } from './wasmModule.ts'

/** Bytes of an element in the evaluator's memory. */
export type Kind = 2 | 4

/** Parameters of kernels that round: y = clamp((sum + half) >> shift, lo, hi). */
export const roundingParameters = ['shift', 'half', 'lo', 'hi'] as const

/** Locals that hold how sums are rounded. */
export type RoundingLocals = Record<(typeof roundingParameters)[number], number>

/** Copies the parameters half, lo and hi into all lanes of vectors. */
export function splatRounding(
  { shift, half, lo, hi }: RoundingLocals,
  addLocals: AddLocals,
): { code: Code; vectors: RoundingLocals } {
  const vectors = { shift, ...addLocals('v128', ['half', 'lo', 'hi']) }
  const splat = (vector: number, parameter: number) => set(vector, v128.splat32(get(parameter)))
  return { code: [...splat(vectors.half, half), ...splat(vectors.lo, lo), ...splat(vectors.hi, hi)], vectors }
}

/** Four sums, rounded; their intervals say that sum + half fits 32 bits. */
export function roundVector(sums: Code, { shift, half, lo, hi }: RoundingLocals): Code {
  const shifted = v128.shiftRight32(v128.add32(sums, get(half)), get(shift))
  return v128.min32(v128.max32(shifted, get(lo)), get(hi))
}

/** Rounds the sum in the local. */
export function roundScalar(sum: number, { shift, half, lo, hi }: RoundingLocals): Code {
  return [
    ...set(sum, i32.shiftRight(i32.add(get(sum), get(half)), get(shift))),
    ...set(sum, choose(i32.lessThan(get(sum), get(lo)), { yes: get(lo), no: get(sum) })),
    ...set(sum, choose(i32.greaterThan(get(sum), get(hi)), { yes: get(hi), no: get(sum) })),
  ]
}

/** Four elements as lanes of 32 bits. */
export function loadLanes(kind: Kind, address: Code): Code {
  return kind === 2 ? v128.load16x4(address) : v128.load(address)
}

/** Stores vectors of four values behind each other; nothing is lost, because the values fit the kind. */
export function storeLanes(
  kind: Kind,
  { address, vectors }: { address: Code; vectors: readonly (readonly number[])[] },
): Code {
  if (kind === 4) return vectors.flatMap((vector, index) => v128.store(address, [...vector], 16 * index))
  const code: Code = []
  for (let index = 0; index < vectors.length; index += 2) {
    const [low = [], high] = vectors.slice(index, index + 2)
    const narrow = v128.narrow16([...low], [...(high ?? low)])
    code.push(...(high ? v128.store : v128.store64)(address, narrow, 8 * index))
  }
  return code
}

/** One element, with its sign. */
export function loadElement(kind: Kind, address: Code): Code {
  return kind === 2 ? i32.load16(address) : i32.load(address)
}

/** Stores one element. */
export function storeElement(kind: Kind, { address, value }: { address: Code; value: Code }): Code {
  return kind === 2 ? i32.store16(address, value) : i32.store(address, value)
}

/** Entry `index` of a table of int32 at an address. */
export function tableEntry(table: number, index: Code): Code {
  return i32.load(i32.add(get(table), i32.shiftLeft(index, i32.const(2))))
}

/** The address of element `index` of a tensor. */
export function elementAddress(kind: Kind, { tensor, index }: { tensor: number; index: number }): Code {
  return i32.add(get(tensor), i32.shiftLeft(get(index), i32.const(kind === 2 ? 1 : 2)))
}
