import type { AuditSubject } from './audit.ts'
import { type ElementRange, type Gadget, gadgetSubject, poseidonSubject } from './auditGadgets.ts'
import { primitiveGadget } from './auditPrimitiveGadget.ts'
import { type Circuit, type Element, plainSum } from './circuit.ts'
import {
  type ExactGraph,
  type GraphNode,
  type Relation,
  rowWindow,
  type SelectNode,
  type WeightTensor,
  type Window,
} from './exactGraph.ts'
import { argmaxPrimitive } from './primitives/argmax.ts'
import { greaterThanConstant, rangedElement } from './primitives/bits.ts'
import { comparePrimitive } from './primitives/compare.ts'
import { dotPrimitive } from './primitives/dot.ts'
import { gatherPrimitive } from './primitives/gather.ts'
import { linearPrimitive } from './primitives/linear.ts'
import { lookupPrimitive } from './primitives/lookup.ts'
import { maxPrimitive } from './primitives/max.ts'
import { movePrimitive } from './primitives/move.ts'
import { elementwiseSecond, type Primitive } from './primitives/primitive.ts'
import { productPrimitive } from './primitives/product.ts'
import { constrainRequantize, type Requantization, requantize, requantizePrimitive } from './primitives/requantize.ts'
import { selectPrimitive } from './primitives/select.ts'

const small: ElementRange = { lo: -2, hi: 1 }
const wide = { lo: -(2 ** 20), hi: 2 ** 20 }

/**
 * Every gadget of the circuits, at parameters small enough for a search through all assignments: first what the primitives
 * build with, then the primitives themselves.
 */
export function listGadgets(): AuditSubject[] {
  const gadgets = [...blocks(), ...requantizations(), ...sums(), ...choices(), ...comparisons(), ...tables()]
  return [...gadgets.map(gadgetSubject), ...[1, 3].map(poseidonSubject)]
}

function blocks(): Gadget[] {
  const ranged = (bits: number, lo: number): Gadget => ({
    name: `bits: an input of ${bits} bits from ${lo}`,
    inputs: [{ lo, hi: lo + 2 ** bits - 1 }],
    prime: 37,
    refuses: () => true,
    build(circuit, [input]) {
      if (input) circuit.equate(rangedElement(circuit, { value: input.value, lo, bits }), input)
      return []
    },
    evaluate: () => [],
  })
  const threshold = (value: number, count: number): Gadget => ({
    name: `bits: above ${value}, of ${count} bits`,
    inputs: [{ lo: 0, hi: 2 ** count - 1 }],
    prime: 67,
    refuses: () => true,
    build: (circuit, [input = circuit.constant(0)]) => [
      greaterThanConstant(circuit, {
        bits: circuit.bits(plainSum(input), { lo: 0, count }),
        threshold: value,
      }),
    ],
    evaluate: ([x = 0]) => [x > value ? 1 : 0],
  })
  return [
    ranged(4, 0),
    ranged(3, -3),
    threshold(5, 4),
    threshold(3, 4),
    threshold(1, 5),
    {
      name: 'circuit: one-hot',
      inputs: [{ lo: 0, hi: 4 }],
      prime: 37,
      refuses: () => true,
      build(circuit, [input = circuit.constant(0)]) {
        const digits = circuit.oneHot(input.value, 5)
        circuit.equate(circuit.sum(digits.map((digit, value) => [value, digit] as const)), input)
        return digits
      },
      evaluate: ([x = 0]) => [0, 1, 2, 3, 4].map((value) => (value === x ? 1 : 0)),
    },
    {
      name: 'circuit: descending ones',
      inputs: [{ lo: 0, hi: 4 }],
      prime: 37,
      refuses: () => true,
      build(circuit, [input = circuit.constant(0)]) {
        const digits = circuit.descend(input.value, 4)
        circuit.equate(circuit.sum(digits.map((digit) => [1, digit] as const)), input)
        return digits
      },
      evaluate: ([x = 0]) => [1, 2, 3, 4].map((value) => (value <= x ? 1 : 0)),
    },
    {
      name: 'circuit: a product of two sums, twice, on wires of their own',
      inputs: [small, small],
      prime: 67,
      build(circuit, [left = circuit.constant(0), right = circuit.constant(0)]) {
        const terms = [[1, left] as const, [2, right] as const]
        const sides = [circuit.sum(terms, { offset: 1 }), circuit.sum(terms.toReversed(), { offset: -1 })] as const
        const range = { lo: -100, hi: 100 }
        return [circuit.product(sides, range), circuit.product(sides, { ...range, addend: right })]
      },
      evaluate([left = 0, right = 0]) {
        const sum = left + 2 * right
        return [(sum + 1) * (sum - 1), (sum + 1) * (sum - 1) + right]
      },
    },
    {
      name: 'circuit: an input that stands as bits, shifted',
      inputs: [{ lo: -8, hi: 7 }],
      prime: 67,
      refuses: () => true,
      build(circuit, [input = circuit.constant(0)]) {
        const element = rangedElement(circuit, { value: input.value, lo: -8, bits: 4 })
        circuit.equate(element, input)
        return [constrainRequantize(circuit, { sum: plainSum(element), how: { shift: 2, lo: -1, hi: 1 } })]
      },
      evaluate: ([x = 0]) => [requantize(x, { shift: 2, lo: -1, hi: 1 })],
    },
    {
      name: 'circuit: zero test',
      inputs: [{ lo: -9, hi: 9 }],
      prime: 37,
      build: (circuit, [input = circuit.constant(0)]) => [circuit.isZero(input)],
      evaluate: ([x = 0]) => [x === 0 ? 1 : 0],
    },
  ]
}

function requantizations(): Gadget[] {
  const gadget = (title: string, { range, how }: { range: ElementRange; how: Requantization }): Gadget => ({
    name: `requantize: ${title}`,
    inputs: [range],
    prime: 67,
    build: (circuit, [input = circuit.constant(0)]) => [constrainRequantize(circuit, { sum: plainSum(input), how })],
    evaluate: ([sum = 0]) => [requantize(sum, how)],
  })
  const crossing = { lo: -7, hi: 5 }
  return [
    gadget('a ReLU with a shift', { range: crossing, how: { shift: 2, lo: 0, hi: 1000 } }),
    gadget('a ReLU', { range: crossing, how: { shift: 0, lo: 0, hi: 1000 } }),
    gadget('a shift of both signs', { range: crossing, how: { shift: 1, ...wide } }),
    gadget('a ReLU that is never off', { range: { lo: 2, hi: 13 }, how: { shift: 2, lo: 0, hi: 1000 } }),
    gadget('saturating above', { range: { lo: -8, hi: 12 }, how: { shift: 1, lo: -100, hi: 3 } }),
    gadget('saturating below', { range: { lo: -12, hi: 8 }, how: { shift: 1, lo: -3, hi: 100 } }),
    gadget('saturating on both sides', { range: { lo: -14, hi: 14 }, how: { shift: 1, lo: -4, hi: 3 } }),
    gadget('a ReLU saturating above', { range: { lo: -14, hi: 14 }, how: { shift: 1, lo: 0, hi: 4 } }),
    primitiveGadget(requantizePrimitive, {
      name: 'requantize: a multiplier',
      node: { op: 'requantize', ...shape(1, wide), shift: 2, multiplier: -3, operand: 0 },
      operands: [[{ lo: -4, hi: 3 }]],
      prime: 67,
    }),
  ]
}

function sums(): Gadget[] {
  const second = { ...elementwiseSecond, t2: 2 }
  const four = Array.from({ length: 2 }, () => small)
  return [
    primitiveGadget(linearPrimitive, {
      name: 'linear: two ReLUs of three',
      node: {
        ...{ op: 'linear', ...shape(2, { lo: 0, hi: 100 }), shift: 1, operand: 0, weight: 0, bias: 1 },
        window: { ...rowWindow({ rows: 2, length: 3, rowStride: 3 }), s2: 0 },
      },
      weights: [tensor([1, -2, 3, -1, 1, 2]), tensor([1, -1])],
      operands: [[small, small, small]],
      prime: 67,
    }),
    primitiveGadget(productPrimitive, {
      name: 'product: plain',
      node: { op: 'product', ...shape(1, wide), shift: 0, operands: [0, 1] },
      operands: [[small], [small]],
      prime: 37,
    }),
    primitiveGadget(productPrimitive, {
      name: 'product: shifted and saturating',
      node: { op: 'product', ...shape(1, { lo: -2, hi: 2 }), shift: 1, operands: [0, 1] },
      operands: [[{ lo: -3, hi: 3 }], [{ lo: -3, hi: 3 }]],
      prime: 67,
    }),
    {
      name: 'product: of a number with a truth and with its opposite',
      inputs: [small, { lo: 0, hi: 1 }],
      prime: 37,
      build(circuit, [p = circuit.constant(0), c = circuit.constant(0)]) {
        const opposite = circuit.sum([[-1, c]], { offset: 1 })
        return [circuit.product([p, c], small), circuit.product([p, opposite], small)]
      },
      evaluate: ([p = 0, c = 0]) => [p * c, p * (1 - c)],
    },
    primitiveGadget(dotPrimitive, {
      name: 'dot: two terms, a ReLU that saturates',
      node: {
        ...{ op: 'dot', ...shape(1, { lo: 0, hi: 2 }), shift: 1, operands: [0, 1] },
        ...{ window: rowWindow({ rows: 1, length: 2 }), second },
      },
      operands: [four, four],
      prime: 67,
    }),
    primitiveGadget(dotPrimitive, {
      name: 'dot: two terms, shifted',
      node: {
        op: 'dot',
        ...shape(1, wide),
        shift: 1,
        operands: [0, 1],
        window: rowWindow({ rows: 1, length: 2 }),
        second,
      },
      operands: [four, four],
      prime: 67,
    }),
  ]
}

function choices(): Gadget[] {
  const window = rowWindow({ rows: 1, length: 3 })
  const three = [small, small, small]
  return [
    primitiveGadget(maxPrimitive, {
      name: 'max: of three',
      node: { op: 'max', ...shape(1, small), operand: 0, window },
      operands: [three],
      prime: 37,
    }),
    primitiveGadget(argmaxPrimitive, {
      name: 'argmax: of three',
      node: { op: 'argmax', ...shape(1, { lo: 0, hi: 2 }), operand: 0, window },
      operands: [three],
      prime: 37,
    }),
    primitiveGadget(selectPrimitive, {
      name: 'select',
      node: { op: 'select', ...shape(1, small), operands: [0, 1, 2] },
      operands: [[{ lo: 0, hi: 1 }], [small], [small]],
      prime: 37,
    }),
    {
      name: 'select: a number or nothing, both ways',
      inputs: [{ lo: 0, hi: 1 }, small],
      prime: 37,
      build: (circuit, [c = circuit.constant(0), p = circuit.constant(0)]) =>
        [
          [c, p, circuit.constant(0)],
          [c, circuit.constant(0), p],
        ].flatMap((operands) => {
          const node: SelectNode = { op: 'select', ...shape(1, small), operands: [0, 1, 2] }
          const graph: ExactGraph = { nodes: [], weights: [], inputNode: 0, outputNode: 0 }
          const intervals = operands.map(({ lo, hi }) => ({ lo: Int32Array.of(lo), hi: Int32Array.of(hi) }))
          const bounds = selectPrimitive.interval({ graph, node, index: 3, operands: intervals })
          return selectPrimitive.constrain(circuit, { graph, node, operands: operands.map((x) => [x]), bounds })
        }),
      evaluate: ([c = 0, p = 0]) => [c === 1 ? p : 0, c === 1 ? 0 : p],
    },
    primitiveGadget(movePrimitive, {
      name: 'move: reversed, with a zero',
      node: { op: 'move', ...shape(3, small), operands: [0], weight: 0 },
      weights: [tensor([1, -1, 0])],
      operands: [[small, small]],
      prime: 37,
    }),
  ]
}

function comparisons(): Gadget[] {
  const relationsOf: Relation[] = ['greater', 'greaterOrEqual', 'equal']
  const bit = { lo: 0, hi: 1 }
  return relationsOf.flatMap((relation) => [
    primitiveGadget(comparePrimitive, {
      name: `compare: ${relation}, two elements`,
      node: { op: 'compare', ...shape(1, bit), relation, operand: 0, against: { operand: 1 } },
      operands: [[{ lo: -4, hi: 3 }], [{ lo: -4, hi: 3 }]],
      prime: 37,
    }),
    primitiveGadget(comparePrimitive, {
      name: `compare: ${relation}, a constant`,
      node: { op: 'compare', ...shape(1, bit), relation, operand: 0, against: { weight: 0 } },
      weights: [tensor([1])],
      operands: [[{ lo: -8, hi: 7 }]],
      prime: 67,
    }),
    compareMany({ relation, range: { lo: -8, hi: 7 }, constants: [-8, -3, 0, 4] }),
    compareMany({ relation, range: { lo: -2, hi: 3 }, constants: [-2, -1, 0, 1, 2, 3, 4] }),
  ])
}

/** One element against so many constants that it stands as one-hot digits, or as a single one of few values. */
function compareMany(context: { relation: Relation; range: ElementRange; constants: number[] }): Gadget {
  const { relation, range, constants } = context
  const count = constants.length
  return primitiveGadget(comparePrimitive, {
    name: `compare: ${relation}, ${count} constants over ${range.lo}…${range.hi}`,
    node: { op: 'compare', ...shape(count, { lo: 0, hi: 1 }), relation, operand: 0, against: { weight: 0 } },
    weights: [tensor(constants)],
    operands: [[range]],
    prime: 67,
    repeat: count,
  })
}

function tables(): Gadget[] {
  const window: Window = { ...rowWindow({ rows: 1, length: 1 }) }
  const range = { lo: -3, hi: 3 }
  return [
    primitiveGadget(lookupPrimitive, {
      name: 'lookup: seven entries',
      node: { op: 'lookup', ...shape(1, wide), operand: 0, weight: 0, offset: -3, window },
      weights: [tensor([5, 1, -4, 2, 2, 9, -7])],
      operands: [[range]],
      prime: 67,
    }),
    primitiveGadget(lookupPrimitive, {
      name: 'lookup: sixteen entries',
      node: { op: 'lookup', ...shape(1, wide), operand: 0, weight: 0, offset: 0, window },
      weights: [tensor([5, 1, -4, 2, 2, 9, -7, 0, 1, 3, 8, -2, 4, 4, -9, 6])],
      operands: [[{ lo: 0, hi: 15 }]],
      prime: 67,
    }),
    primitiveGadget(lookupPrimitive, {
      name: 'lookup: two columns of six entries',
      node: {
        ...{ op: 'lookup', ...shape(2, wide), operand: 0, weight: 0, offset: 0 },
        window: { ...rowWindow({ rows: 2, length: 1, rowStride: 6 }), s2: 0 },
      },
      weights: [tensor([5, 1, -4, 2, 2, 9, -7, 0, 1, 3, 8, -2])],
      operands: [[{ lo: 0, hi: 5 }]],
      prime: 37,
    }),
    sharing(),
    primitiveGadget(gatherPrimitive, {
      name: 'gather: one of three',
      node: {
        ...{ op: 'gather', ...shape(1, small), operands: [0, 1] },
        window: { ...rowWindow({ rows: 1, length: 1 }), n1: 3, r1: 1 },
        second: elementwiseSecond,
      },
      operands: [[small, small, small], [{ lo: 0, hi: 2 }]],
      prime: 37,
    }),
  ]
}

/** One element that several nodes look up, compare and round, so that its bits, products and digits are made once. */
function sharing(): Gadget {
  const graph: ExactGraph = {
    ...{ nodes: [], inputNode: 0, outputNode: 0 },
    weights: [[5, 1, -4, 2, 2, 9, -7, 0], [3, 3, 1, 0, -2, 6, 6, 5], [1], [-4, -3, -2, -1, 0, 1]].map(tensor),
  }
  const range = { lo: -4, hi: 3 }
  const window = rowWindow({ rows: 1, length: 1 })
  const lookup = { op: 'lookup', ...shape(1, wide), operand: 0, offset: -4, window } as const
  const bit = { lo: 0, hi: 1 }
  const compare = { op: 'compare', relation: 'greater', operand: 0 } as const
  const parts = [
    part(lookupPrimitive, { ...lookup, weight: 0 }),
    part(comparePrimitive, { ...compare, ...shape(1, bit), against: { weight: 2 } }),
    part(lookupPrimitive, { ...lookup, weight: 1 }),
    part(comparePrimitive, { ...compare, ...shape(6, bit), against: { weight: 3 } }),
    part(requantizePrimitive, {
      ...{ op: 'requantize', ...shape(1, { lo: 0, hi: 1 }), shift: 1, multiplier: 1, operand: 0 },
    }),
  ]
  /** What one node makes of the element, as rows and as integers. */
  function part<N extends GraphNode>(primitive: Primitive<N>, node: N) {
    const [lo, hi] = [new Int32Array(node.count).fill(range.lo), new Int32Array(node.count).fill(range.hi)]
    const bounds = primitive.interval({ graph, node, index: 1, operands: [{ lo, hi }] })
    const repeated = <T>(x: T): T[] => Array.from({ length: node.count }, () => x)
    return {
      constrain: (circuit: Circuit, x: Element) =>
        primitive.constrain(circuit, { graph, node, operands: [repeated(x)], bounds }),
      evaluate: (x: number) => [...primitive.evaluate({ graph, node, operands: [Int32Array.from(repeated(x))] })],
    }
  }
  return {
    name: 'circuit: an element in two tables, against constants and rounded',
    inputs: [range],
    prime: 67,
    build: (circuit, [x = circuit.constant(0)]) => parts.flatMap(({ constrain }) => constrain(circuit, x)),
    evaluate: ([x = 0]) => parts.flatMap(({ evaluate }) => evaluate(x)),
  }
}

function shape(count: number, { lo, hi }: ElementRange): { count: number; width: 4; lo: number; hi: number } {
  return { count, width: 4, lo, hi }
}

function tensor(values: number[]): WeightTensor {
  return { width: 4, values: Int32Array.from(values) }
}
