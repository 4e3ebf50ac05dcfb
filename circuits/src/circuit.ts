import { type CircuitBuilder, createAccumulator, one, wire } from './circuitBuilder.ts'
import type { LinearCombination } from './r1cs.ts'
import { rowTape, type Tape, type Value } from './tape.ts'

/*
 * What the primitives build with. The same code of a primitive makes rows when its circuit has a builder, and wire values, or a
 * program that computes them, when its circuit has a tape for them; so rows and witness take the same wires in the same order and
 * cannot drift apart.
 * An integer of the graph is an `Element`: a linear combination of wires whose value lies in lo…hi for every input. Sums are free.
 * Only these make wires, and each pins them:
 *
 *   bits     (1) b_i · b_i = b_i             (2) Σ 2^i · b_i + lo = sum
 *   product  (3) left · right + addend = y
 *   isZero   (4) x · inverse = 1 - e         (5) x · e = 0         (6) inverse · e = 0
 *   asWire   (7) x · 1 = y
 *   oneHot   (8) o_v · o_v = o_v             (9) Σ o_v = 1
 *   equate   (10) x · 1 = y
 *   descend  (11) (t_{v-1} - t_v) · t_v = 0, t_0 = 1
 *
 * (6) is there so that every wire has one value, as all others have: a second witness is then always a fault.
 *
 * Every B side is a single wire with coefficient one: multi-term B sides are what makes setups and keys large.
 * No (2) wraps around the field: sums stay below 2^54 and counts of bits below 54.
 */

/** constant + factor · wire; factor 0 for a constant. `value` is the wire's. */
type Affine = { wire: number; value: Value; factor: number; constant: number }

/** An integer of the graph in a circuit. `value` means something to a tape only, `combination` in rows only. */
export type Element = {
  readonly lo: number
  readonly hi: number
  readonly value: Value
  readonly combination: LinearCombination
  /** no fewer than the combination's terms */
  readonly terms: number
  /** present when the element is no more than this; both kinds of circuit know it */
  readonly affine: Affine | undefined
  /** bits it already stands as */
  known: Bits | undefined
  /** the element as a wire of its own */
  wired: AffineElement | undefined
  /** the last product of it and a wire */
  product: { wire: number; element: Element } | undefined
}

/** An element that is a wire of its own, or a constant, or an affine image of one wire. */
export type AffineElement = Element & { readonly affine: Affine }

/** `lo` + Σ 2^i · b_i on the consecutive wires from `first`; `offset` is the value of Σ 2^i · b_i. */
export type Bits = { readonly lo: number; readonly count: number; readonly first: number; readonly offset: Value }

/** A sum, with a last product left · right that needs no row of its own where the sum stands in another row. */
export type Sum = { addend: Element; product?: readonly [left: Element, right: Element]; lo: number; hi: number }

/** Where the elements of a graph are constrained, or their wires computed. */
export type Circuit = ReturnType<typeof createCircuit>

/** Terms above which an element that is read again gets a wire of its own. */
const longCombination = 256

const nothing: LinearCombination = { wires: new Int32Array(0), coefficients: new Float64Array(0) }

/**
 * A circuit that adds rows to `builder`, or values to a tape, whose first wires are already taken by one and the public signals.
 */
export function createCircuit(target: { builder: CircuitBuilder } | { tape: Tape }) {
  const builder = 'builder' in target ? target.builder : undefined
  const tape = 'tape' in target ? target.tape : rowTape((count) => target.builder.takeWires(count))
  const accumulator = createAccumulator()

  /** The element that stands on a wire by itself. */
  const onWire = (index: number, { value, lo, hi }: { value: Value; lo: number; hi: number }): AffineElement => {
    const combination = builder ? { wires: Int32Array.of(index), coefficients: Float64Array.of(1) } : nothing
    return affineElement({ value, lo, hi, combination, affine: { wire: index, value, factor: 1, constant: 0 } })
  }

  /** An integer that is the same for every input. */
  function constant(known: number): AffineElement {
    const combination =
      builder && known !== 0 ? { wires: Int32Array.of(0), coefficients: Float64Array.of(known) } : nothing
    const value = tape.constant(known)
    const affine = { wire: 0, value, factor: 0, constant: known }
    return affineElement({ value, lo: known, hi: known, combination, affine })
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
    let [lo, hi, length] = [offset, offset, 1]
    for (const [factor, element] of terms) {
      lo += factor * (factor < 0 ? element.hi : element.lo)
      hi += factor * (factor < 0 ? element.lo : element.hi)
      length += element.terms
    }
    const affine = affineSum(terms, offset)
    if (affine?.factor === 0) return constant(affine.constant)
    let combination = nothing
    if (builder) {
      for (const [factor, element] of terms) accumulator.add(factor, element.combination)
      if (offset !== 0) accumulator.add(offset, one)
      combination = accumulator.take()
    }
    const bounds = { value: tape.sum(terms, offset), lo: range.lo ?? lo, hi: range.hi ?? hi }
    return affine
      ? affineElement({ ...bounds, combination, affine })
      : plainElement({ ...bounds, terms: length, combination })
  }

  /** The element whose combination and value the caller knows; the combination is asked for in rows only. */
  function given(
    range: { value: Value; lo: number; hi: number; terms: number },
    combination: () => LinearCombination,
  ): Element {
    const { value, lo, hi, terms } = range
    return plainElement({ value, lo, hi, terms, combination: builder ? combination() : nothing })
  }

  /** Takes `count` boolean wires (1), lowest first, without a sum that they stand for. */
  function freeBits(offset: Value, { lo, count }: { lo: number; count: number }): Bits {
    const first = tape.takeBits(offset, count)
    if (builder) {
      for (let index = first; index < first + count; index++) {
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
    const terms: (readonly [number, { value: Value }])[] = [[1, addend]]
    if (factors) terms.push([1, { value: tape.product(factors[0].value, factors[1].value) }])
    const result = freeBits(tape.sum(terms, -lo), { lo, count }) // (1)
    if (builder) {
      const recomposed = combineBits(result, 0, count)
      accumulator.add(1, recomposed)
      if (lo !== 0) accumulator.add(lo, one)
      if (!factored)
        builder.constrain(accumulator.take(), one, addend.combination) // (2)
      else {
        accumulator.add(-1, addend.combination)
        accumulator.add(-factored.by.affine.constant, factored.left.combination)
        const rest = accumulator.take()
        accumulator.add(factored.by.affine.factor, factored.left.combination)
        builder.constrain(accumulator.take(), wire(factored.by.affine.wire), rest) // (2), with (3) in the same row
      }
    }
    if (!factors) addend.known ??= result
    return result
  }

  /** Σ 2^(i-from) · b_i over the bits from ≤ i < to, by itself without `lo`; bits past the last are zero. */
  function bitSum({ first, offset, count: all }: Bits, from: number, to: number): Element {
    const count = Math.max(0, Math.min(to, all) - from)
    if (count === 0) return constant(0)
    const value = tape.digits(offset, { from, count })
    if (count === 1) return onWire(first + from, { value, lo: 0, hi: 1 })
    return given({ value, lo: 0, hi: 2 ** count - 1, terms: count }, () =>
      combineBits({ first: first + from }, 0, count),
    )
  }

  /** The element that bits stand for. */
  function fromBits(known: Bits, { lo, hi }: { lo: number; hi: number }): Element {
    return { ...sum([[1, bitSum(known, 0, known.count)]], { offset: known.lo, lo, hi }), known }
  }

  /** left · right as a first element times an affine one: what has no affine side gets a wire for its right one. */
  function factor([left, right]: readonly [Element, Element]): { left: Element; by: AffineElement } {
    if (isAffine(right)) return { left, by: right }
    return isAffine(left) ? { left: right, by: left } : { left, by: asWire(right) }
  }

  /**
   * left · right + addend; range as the caller knows it. Free when a side is constant; the last product of the same element and wire
   * is used again, unless an addend asks for a wire of its own.
   */
  function product(
    sides: readonly [left: Element, right: Element],
    { lo, hi, addend }: { lo: number; hi: number; addend?: Element },
  ): Element {
    const { left, by } = factor(sides)
    const { wire: index, factor: scale, constant: fixed } = by.affine
    if (left.affine?.factor === 0 || scale === 0) {
      const term = scale === 0 ? ([fixed, left] as const) : ([left.affine?.constant ?? 0, by] as const)
      return sum(addend ? [term, [1, addend]] : [term], { lo, hi })
    }
    if (addend) {
      const value = tape.sum(
        [
          [1, { value: tape.product(left.value, by.value) }],
          [1, addend],
        ],
        0,
      )
      const result = onWire(tape.take(value), { value, lo, hi })
      if (builder) {
        accumulator.add(1, result.combination)
        accumulator.add(-1, addend.combination)
        if (fixed !== 0) accumulator.add(-fixed, left.combination)
        const c = accumulator.take()
        accumulator.add(scale, left.combination)
        builder.constrain(accumulator.take(), wire(index), c) // (3)
      }
      return result
    }
    if (left.product?.wire !== index) {
      const value = tape.product(left.value, by.affine.value)
      const element = onWire(tape.take(value), { value, lo, hi })
      builder?.constrain(left.combination, wire(index), element.combination) // (3)
      left.product = { wire: index, element }
    }
    const made = left.product.element
    if (scale === 1 && fixed === 0) return made.lo === lo && made.hi === hi ? made : { ...made, lo, hi }
    return sum(
      [
        [scale, made],
        [fixed, left],
      ],
      { lo, hi },
    )
  }

  /** 1 if the element is 0, else 0. */
  function isZero(element: Element): Element {
    const { first: inverted, values } = tape.takeIsZero(element.value)
    const result = onWire(inverted + 1, { value: values[0] ?? 0, lo: 0, hi: 1 })
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
      const made = onWire(tape.take(value), { value, lo, hi })
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
  function oneHot(position: Value, count: number): AffineElement[] {
    const { first, values } = tape.takeOneHot(position, count)
    const made = values.map((value, index) => onWire(first + index, { value, lo: 0, hi: 1 }))
    if (builder) {
      for (const { combination, affine } of made) {
        builder.constrain(combination, wire(affine.wire), combination) // (8)
        accumulator.add(1, combination)
      }
      builder.constrain(accumulator.take(), one, one) // (9)
    }
    return made
  }

  /** `count` elements of which the first `ones` are 1 and all others 0: each is 0, or what the one before it is. */
  function descend(ones: Value, count: number): AffineElement[] {
    let before = constant(1)
    const { first, values } = tape.takeDescending(ones, count)
    return values.map((value, index) => {
      const made = onWire(first + index, { value, lo: 0, hi: 1 })
      if (builder) {
        accumulator.add(1, before.combination)
        accumulator.add(-1, made.combination)
        builder.constrain(accumulator.take(), wire(made.affine.wire), nothing) // (11)
      }
      before = made
      return made
    })
  }

  /** The two elements are equal. */
  function equate(left: Element, right: Element): void {
    builder?.constrain(left.combination, one, right.combination) // (10)
  }

  return {
    tape,
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
    descend,
    equate,
  }
}

function isAffine(element: Element): element is AffineElement {
  return element.affine !== undefined
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

/** Σ factor · element + offset, where all of it stays within one wire. */
function affineSum(
  terms: readonly (readonly [factor: number, element: Element])[],
  offset: number,
): Affine | undefined {
  let [index, value, sum, constant] = [0, 0, 0, offset]
  for (const [factor, { affine }] of terms) {
    if (factor === 0) continue
    if (!affine) return undefined
    constant += factor * affine.constant
    if (affine.factor === 0) continue
    if (sum !== 0 && affine.wire !== index) return undefined
    index = affine.wire
    value = affine.value
    sum += factor * affine.factor
  }
  return { wire: sum === 0 ? 0 : index, value, factor: sum, constant }
}

// All elements have their fields in one order: an engine then keeps one layout for them.
function plainElement(fields: Pick<Element, 'value' | 'lo' | 'hi' | 'terms' | 'combination'>): Element {
  const { value, lo, hi, terms, combination } = fields
  return {
    value,
    lo,
    hi,
    terms,
    combination,
    affine: undefined,
    known: undefined,
    wired: undefined,
    product: undefined,
  }
}

function affineElement(fields: Pick<AffineElement, 'value' | 'lo' | 'hi' | 'combination' | 'affine'>): AffineElement {
  const { value, lo, hi, combination, affine } = fields
  const terms = affine.constant === 0 ? 1 : 2
  return { value, lo, hi, terms, combination, affine, known: undefined, wired: undefined, product: undefined }
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
