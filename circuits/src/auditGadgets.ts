import type { AuditSubject, SmallCase } from './audit.ts'
import { type Circuit, createCircuit, type Element } from './circuit.ts'
import { createCircuitBuilder, one, wire } from './circuitBuilder.ts'
import { mod } from './field.ts'
import { integerTape } from './integerTape.ts'
import { emitPoseidon, poseidonWitness } from './primitives/poseidon.ts'

/** Least and greatest value of an element, both included. */
export type ElementRange = { lo: number; hi: number }

/** A gadget between public wires: what it makes of the elements that are its inputs, and what it should. */
export type Gadget = {
  name: string
  /** the inputs' ranges; for each combination of them there is exactly one witness, and outside at most one */
  inputs: readonly ElementRange[]
  /** the small field of the search: above every power of two that the gadget decomposes into */
  prime: number
  /** true for values outside the ranges that must have no witness at all */
  refuses?: (values: readonly number[]) => boolean
  build: (circuit: Circuit, inputs: Element[]) => Element[]
  /** the outputs, by the evaluator */
  evaluate: (values: readonly number[]) => readonly number[]
}

/** Cases of a search at most; of more, every so many is tried. */
const maxCases = 1500

/**
 * A gadget as a circuit of its own: wires 1… are its outputs, then come its inputs, then what it takes. Its rows come first, then
 * one for each output, which belong to no gadget.
 */
export function gadgetSubject({ name, inputs, prime, refuses, build, evaluate }: Gadget): AuditSubject {
  const middle = inputs.map(({ lo, hi }) => Math.floor((lo + hi) / 2))
  const outputCount = evaluate(middle).length
  const wireOf = (input: number) => 1 + outputCount + input
  const elements = (circuit: Circuit, values: readonly number[]) =>
    inputs.map((range, input): Element => {
      const given = circuit.given({ ...range, value: values[input] ?? 0, terms: 1 }, () => wire(wireOf(input)))
      return { ...given, affine: { wire: wireOf(input), value: given.value, factor: 1, constant: 0 } }
    })
  const builder = createCircuitBuilder({ outputCount, publicInputCount: inputs.length })
  const circuit = createCircuit({ builder })
  const outputs = build(circuit, elements(circuit, middle))
  for (const [index, { combination }] of outputs.entries()) builder.constrain(wire(1 + index), one, combination)

  const honest = (values: readonly number[]) => {
    const wires = [1, ...evaluate(values), ...values].map((value) => mod(BigInt(value)))
    const circuit = createCircuit({ tape: integerTape({ push: (value) => wires.push(mod(BigInt(value))) }) })
    build(circuit, elements(circuit, values))
    return wires
  }
  const fixedOf = (values: readonly number[]) => new Map(values.map((value, input) => [wireOf(input), value]))
  const inside = product(inputs.map(({ lo, hi }) => rangeOf(lo, hi)))
  const field = rangeOf(-(prime - 1) / 2, (prime - 1) / 2)
  const isOutside = (values: readonly number[]) =>
    inputs.some(({ lo, hi }, input) => (values[input] ?? 0) < lo || (values[input] ?? 0) > hi)
  const around = inputs.length <= 2 ? product(inputs.map(() => field)) : oneByOne(inputs, field)
  const cases = [
    ...thinned(inside).map(
      (values): SmallCase => ({ fixed: fixedOf(values), witnesses: 'one', honest: honest(values) }),
    ),
    ...thinned(around.filter(isOutside)).map(
      (values): SmallCase => ({ fixed: fixedOf(values), witnesses: refuses?.(values) ? 'none' : 'at most one' }),
    ),
  ]
  return {
    name,
    r1cs: builder.build(),
    witness: honest(inputs.map(({ hi }) => hi)),
    inputs: inputs.map((_, input) => wireOf(input)),
    ranged: [],
    small: { prime, cases },
  }
}

/** The hash of `count` field elements. Its constants mean nothing modulo another prime, so it is not searched. */
export function poseidonSubject(count: number): AuditSubject {
  const builder = createCircuitBuilder({ outputCount: 1, publicInputCount: count })
  emitPoseidon(builder, { inputs: Array.from({ length: count }, (_, index) => wire(2 + index)), output: 1 })
  const inputs = Array.from({ length: count }, (_, index) => BigInt(index + 3) ** 20n)
  const { wires, output } = poseidonWitness(inputs)
  return {
    name: `poseidon: ${count} ${count === 1 ? 'element' : 'elements'}`,
    r1cs: builder.build(),
    witness: [1n, output, ...inputs, ...wires],
    inputs: inputs.map((_, index) => 2 + index),
    ranged: [],
  }
}

function rangeOf(lo: number, hi: number): number[] {
  return Array.from({ length: hi - lo + 1 }, (_, index) => lo + index)
}

/** All ways to take one value of each list. */
function product(lists: readonly (readonly number[])[]): number[][] {
  return lists.reduce<number[][]>((done, list) => done.flatMap((head) => list.map((value) => [...head, value])), [[]])
}

/** Each input over the whole field, the others in the middle of their ranges. */
function oneByOne(inputs: readonly ElementRange[], field: readonly number[]): number[][] {
  const middle = inputs.map(({ lo, hi }) => Math.floor((lo + hi) / 2))
  return inputs.flatMap((_, input) => field.map((value) => middle.with(input, value)))
}

function thinned<T>(list: readonly T[]): T[] {
  const every = Math.ceil(list.length / maxCases)
  return list.filter((_, index) => index % every === 0)
}
