import { type CircuitBuilder, createAccumulator, one, wire } from './circuitBuilder.ts'
import { inverse, mod } from './field.ts'
import type { LinearCombination } from './r1cs.ts'

/*
 * What the primitives build with. The same code of a primitive makes rows when its circuit has a builder, and wire values when its
 * circuit has a list for them; so rows and witness take the same wires in the same order and cannot drift apart.
 * An integer of the graph is an `Element`: a linear combination of wires whose value lies in lo…hi for every input. Sums are free.
 * Only these make wires, and each pins them:
 *
 *   bits     (1) b_i · b_i = b_i             (2) Σ 2^i · b_i + lo = sum
 *   product  (3) left · right + addend = y
 *   isZero   (4) x · inverse = 1 - e         (5) x · e = 0         (6) inverse · e = 0
 *   asWire   (7) x · 1 = y
 *   oneHot   (8) o_v · o_v = o_v             (9) Σ o_v = 1
 *   equate   (10) x · 1 = y
 *
 * (6) is there so that every wire has one value, as all others have: a second witness is then always a fault.
 *
 * Every B side is a single wire with coefficient one: multi-term B sides are what makes setups and keys large.
 * No (2) wraps around the field: sums stay below 2^54 and counts of bits below 54.
 */

/** constant + factor · wire; factor 0 for a constant. */
type Affine = { wire: number; factor: number; constant: number }

/** An integer of the graph in a circuit. `value` means something in witnesses only, `combination` in rows only. */
export type Element = {
  readonly lo: number
  readonly hi: number
  readonly value: number
  readonly combination: LinearCombination
  /** no fewer than the combination's terms */
  readonly terms: number
  /** present when the element is no more than this; both kinds of circuit know it */
  readonly affine?: Affine
  /** bits it already stands as */
  known?: Bits
  /** the element as a wire of its own */
  wired?: AffineElement
}

/** An element that is a wire of its own, or a constant, or an affine image of one wire. */
export type AffineElement = Element & { readonly affine: Affine }

/** `lo` + Σ 2^i · b_i on the consecutive wires from `first`; `offset` = Σ 2^i · b_i in witnesses. */
export type Bits = { readonly lo: number; readonly count: number; readonly first: number; readonly offset: number }

/** A sum, with a last product left · right that needs no row of its own where the sum stands in another row. */
export type Sum = { addend: Element; product?: readonly [left: Element, right: Element]; lo: number; hi: number }

/** Where the elements of a graph are constrained, or their wires computed. */
export type Circuit = ReturnType<typeof createCircuit>

/** Terms above which an element that is read again gets a wire of its own. */
const longCombination = 256

const nothing: LinearCombination = { wires: new Int32Array(0), coefficients: new Float64Array(0) }

/**
 * A circuit that adds rows to `builder`, or wire values to `wires`, whose first are already taken by one and the public signals.
 */
export function createCircuit(target: { builder: CircuitBuilder } | { wires: bigint[] }) {
  const builder = 'builder' in target ? target.builder : undefined
  const wires = 'wires' in target ? target.wires : undefined
  const accumulator = createAccumulator()
  const products = new WeakMap<Element, Map<number, Element>>()

  const take = (value: bigint): number => {
    if (builder) return builder.takeWires(1)
    return wires ? wires.push(value) - 1 : 0
  }
  /** The element that stands on a wire by itself. */
  const onWire = (index: number, { value, lo, hi }: { value: number; lo: number; hi: number }): AffineElement => ({
    ...{ value, lo, hi, terms: 1, affine: { wire: index, factor: 1, constant: 0 } },
    combination: builder ? { wires: Int32Array.of(index), coefficients: Float64Array.of(1) } : nothing,
  })

  /** An integer that is the same for every input. */
  function constant(value: number): AffineElement {
    return {
      ...{ value, lo: value, hi: value, terms: 1, affine: { wire: 0, factor: 0, constant: value } },
      combination: builder && value !== 0 ? { wires: Int32Array.of(0), coefficients: Float64Array.of(value) } : nothing,
    }
  }

  /** Σ factor · element + offset, with the range that its terms' ranges give, or a narrower one that the caller knows. */
  function sum(
    terms: readonly (readonly [factor: number, element: Element])[],
    { offset = 0, ...range }: { offset?: number; lo?: number; hi?: number } = {},
  ): Element {
    const [only] = terms
    if (only && terms.length === 1 && only[0] === 1 && offset === 0) {
      const [, { lo, hi }] = only
      return (range.lo ?? lo) === lo && (range.hi ?? hi) === hi ? only[1] : { ...only[1], ...range }
    }
    let [value, lo, hi, length] = [offset, offset, offset, 1]
    let affine: Affine | undefined = { wire: 0, factor: 0, constant: offset }
    for (const [factor, element] of terms) {
      value += factor * element.value
      lo += factor * (factor < 0 ? element.hi : element.lo)
      hi += factor * (factor < 0 ? element.lo : element.hi)
      length += element.terms
      affine = addAffine(affine, { factor, to: element.affine })
    }
    if (affine?.factor === 0) return constant(affine.constant)
    const element: Element = { value, lo: range.lo ?? lo, hi: range.hi ?? hi, terms: length, combination: nothing }
    if (!builder) return affine ? { ...element, affine } : element
    for (const [factor, { combination }] of terms) accumulator.add(factor, combination)
    if (offset !== 0) accumulator.add(offset, one)
    const combination = accumulator.take()
    return affine ? { ...element, combination, affine } : { ...element, combination }
  }

  /** The element whose combination and value the caller knows; the combination is asked for in rows only. */
  function given(
    range: { value: number; lo: number; hi: number; terms: number },
    combination: () => LinearCombination,
  ): Element {
    return { ...range, combination: builder ? combination() : nothing }
  }

  /** Takes `count` boolean wires (1), lowest first, without a sum that they stand for. */
  function freeBits(offset: number, { lo, count }: { lo: number; count: number }): Bits {
    let first = 0
    for (let bit = 0; bit < count; bit++) {
      const index = take(BigInt(Math.floor(offset / 2 ** bit) % 2))
      if (bit === 0) first = index
      if (builder) {
        const b = wire(index)
        builder.constrain(b, b, b) // (1)
      }
    }
    return { lo, count, first, offset }
  }

  /** The sum as bits: it lies in lo … lo + 2^count - 1, or has no witness. Bits that are already known take no row. */
  function bits(source: Sum, { lo, count }: { lo: number; count: number }): Bits {
    const { addend, product: factors } = source
    if (!factors && addend.known?.lo === lo && addend.known.count <= count) return addend.known
    const factored = factors ? factor(factors) : undefined
    const result = freeBits(sumValue(source) - lo, { lo, count }) // (1)
    if (builder) {
      const recomposed = combineBits(result, 0, count)
      accumulator.add(1, recomposed)
      if (lo !== 0) accumulator.add(lo, one)
      if (!factored)
        builder.constrain(accumulator.take(), one, addend.combination) // (2)
      else {
        accumulator.add(-1, addend.combination)
        accumulator.add(-factored.constant, factored.left.combination)
        const rest = accumulator.take()
        accumulator.add(factored.factor, factored.left.combination)
        builder.constrain(accumulator.take(), wire(factored.wire), rest) // (2), with (3) in the same row
      }
    }
    if (!factors) addend.known ??= result
    return result
  }

  /** Σ 2^(i-from) · b_i over the bits from ≤ i < to, by itself without `lo`. */
  function bitSum({ first, offset }: Bits, from: number, to: number): Element {
    const count = Math.max(0, to - from)
    const value = Math.floor(offset / 2 ** from) % 2 ** count
    if (count === 0) return constant(0)
    if (count === 1) return onWire(first + from, { value, lo: 0, hi: 1 })
    return given({ value, lo: 0, hi: 2 ** count - 1, terms: count }, () =>
      combineBits({ first: first + from }, 0, count),
    )
  }

  /** The element that bits stand for. */
  function fromBits(known: Bits, { lo, hi }: { lo: number; hi: number }): Element {
    return { ...sum([[1, bitSum(known, 0, known.count)]], { offset: known.lo, lo, hi }), known }
  }

  /** left · right as left · (constant + factor · wire): what has no affine side gets a wire for its right one. */
  function factor([left, right]: readonly [Element, Element]): Affine & { left: Element } {
    if (right.affine) return { ...right.affine, left }
    if (left.affine) return { ...left.affine, left: right }
    return { ...asWire(right).affine, left }
  }

  /**
   * left · right + addend; range as the caller knows it. Free when a side is constant; a product of the same element and wire
   * that was made before is used again, unless an addend asks for a wire of its own.
   */
  function product(
    sides: readonly [left: Element, right: Element],
    { lo, hi, addend }: { lo: number; hi: number; addend?: Element },
  ): Element {
    const { left, wire: index, factor: scale, constant: fixed } = factor(sides)
    const rest = addend ? [[1, addend] as const] : []
    if (left.affine?.factor === 0)
      return sum([[left.affine.constant, sides[0] === left ? sides[1] : sides[0]], ...rest], { lo, hi })
    if (scale === 0) return sum([[fixed, left], ...rest], { lo, hi })
    const right = sides[0] === left ? sides[1] : sides[0]
    if (!addend) {
      const made = products.get(left) ?? new Map<number, Element>()
      products.set(left, made)
      let plain = made.get(index)
      if (!plain) {
        const value = left.value * ((right.value - fixed) / scale)
        plain = onWire(take(mod(BigInt(value))), { value, lo, hi })
        builder?.constrain(left.combination, wire(index), plain.combination) // (3)
        made.set(index, plain)
      }
      return scale === 1 && fixed === 0
        ? { ...plain, lo, hi }
        : sum(
            [
              [scale, plain],
              [fixed, left],
            ],
            { lo, hi },
          )
    }
    const value = left.value * right.value + addend.value
    const result = onWire(take(mod(BigInt(value))), { value, lo, hi })
    if (builder) {
      accumulator.add(1, result.combination)
      accumulator.add(-1, addend.combination)
      accumulator.add(-fixed, left.combination)
      const c = accumulator.take()
      accumulator.add(scale, left.combination)
      builder.constrain(accumulator.take(), wire(index), c) // (3)
    }
    return result
  }

  /** 1 if the element is 0, else 0. */
  function isZero(element: Element): Element {
    const isIt = element.value === 0
    const inverted = take(isIt ? 0n : wires ? inverse(BigInt(element.value)) : 0n)
    const result = onWire(take(isIt ? 1n : 0n), { value: isIt ? 1 : 0, lo: 0, hi: 1 })
    if (builder) {
      accumulator.add(1, one)
      accumulator.add(-1, result.combination)
      const complement = accumulator.take()
      builder.constrain(element.combination, wire(inverted), complement) // (4)
      builder.constrain(element.combination, wire(result.affine.wire), nothing) // (5)
      builder.constrain(wire(inverted), wire(result.affine.wire), nothing) // (6)
    }
    return result
  }

  /** The element as constant + factor · wire, with a wire of its own where it is more than that. */
  function asWire(element: Element): AffineElement {
    if (isAffine(element)) return element
    if (!element.wired) {
      const { lo, hi, value, known } = element
      const made = onWire(take(mod(BigInt(value))), { value, lo, hi })
      builder?.constrain(element.combination, one, made.combination) // (7)
      if (known) made.known = known
      element.wired = made
    }
    return element.wired
  }

  /** An element that is read again, with a wire of its own if its combination is long. */
  function shorten(element: Element): Element {
    return element.terms > longCombination ? asWire(element) : element
  }

  /** `count` elements of which exactly the one at `position` is 1, all others 0. */
  function oneHot(position: number, count: number): AffineElement[] {
    const made = Array.from({ length: count }, (_, index) => {
      const value = index === position ? 1 : 0
      return onWire(take(BigInt(value)), { value, lo: 0, hi: 1 })
    })
    if (builder) {
      for (const { combination, affine } of made) {
        builder.constrain(combination, wire(affine.wire), combination) // (8)
        accumulator.add(1, combination)
      }
      builder.constrain(accumulator.take(), one, one) // (9)
    }
    return made
  }

  /** The two elements are equal. */
  function equate(left: Element, right: Element): void {
    builder?.constrain(left.combination, one, right.combination) // (10)
  }

  return {
    /** rows or witness; for loops that only one of them needs */
    makesRows: builder !== undefined,
    accumulator,
    onWire,
    constant,
    sum,
    given,
    freeBits,
    bits,
    bitSum,
    fromBits,
    product,
    isZero,
    asWire,
    shorten,
    oneHot,
    equate,
  }
}

function isAffine(element: Element): element is AffineElement {
  return element.affine !== undefined
}

/** Value of a sum in a witness. */
function sumValue({ addend, product }: Sum): number {
  return addend.value + (product ? product[0].value * product[1].value : 0)
}

/** Σ 2^(i-from) · b_i. */
function combineBits({ first }: { first: number }, from: number, to: number): LinearCombination {
  const count = Math.max(0, to - from)
  const [wires, coefficients] = [new Int32Array(count), new Float64Array(count)]
  for (let index = 0; index < count; index++) {
    wires[index] = first + from + index
    coefficients[index] = 2 ** index
  }
  return { wires, coefficients }
}

/** sum + factor · to, where both stay within one wire. */
function addAffine(
  sum: Affine | undefined,
  { factor, to }: { factor: number; to: Affine | undefined },
): Affine | undefined {
  if (factor === 0) return sum
  if (!sum || !to) return undefined
  const constant = sum.constant + factor * to.constant
  if (to.factor === 0) return { ...sum, constant }
  if (sum.factor === 0) return { wire: to.wire, factor: factor * to.factor, constant }
  if (sum.wire !== to.wire) return undefined
  return { wire: to.wire, factor: sum.factor + factor * to.factor, constant }
}

/** A sum without a product. */
export function plainSum(element: Element): Sum {
  return { addend: element, lo: element.lo, hi: element.hi }
}

/** Least count of bits that holds 0 … most. */
export function unsignedBits(most: number): number {
  let bits = 0
  while (most >= 2 ** bits) bits++
  return bits
}
