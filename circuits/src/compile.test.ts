import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { answerWords } from './answerWords.ts'
import { compile, signalWires } from './compile.ts'
import { evaluate } from './evaluate.ts'
import { type ExactGraph, type GraphNode, rowWindow } from './exactGraph.ts'
import { scalarOrder } from './field.ts'
import type { FloatGraph } from './floatGraph.ts'
import { decodeGraph, encodeGraph } from './graphFile.ts'
import { commitInput } from './inputCommitment.ts'
import { graphSignals } from './intervals.ts'
import { packInput, unpackOutput } from './packing.ts'
import { checkPrimitive } from './primitives/checkPrimitive.ts'
import { quantize, quantizeInput } from './quantize.ts'
import { findViolation } from './r1cs.ts'
import { computedOps, randomGraph } from './randomGraph.ts'
import { seededRandom } from './sampleCircuits.ts'
import { computeWitness } from './witness.ts'

/** Deterministic reals in [-1, 1). */
function reals(count: number, seed: number): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** Conv 2→3, 3×3, stride 2 over 7×7, ReLU, flatten, 27→4: every index of the layout differs. */
function convModel(seed: number): FloatGraph {
  const type = 'float' as const
  return {
    input: { name: 'x', shape: [1, 2, 7, 7], type },
    output: { name: 'y', shape: [1, 4], type },
    constants: new Map([
      ['cw', { shape: [3, 2, 3, 3], type, values: reals(54, seed) }],
      ['cb', { shape: [3], type, values: reals(3, seed + 1) }],
      ['gw', { shape: [4, 27], type, values: reals(108, seed + 2) }],
      ['gb', { shape: [4], type, values: reals(4, seed + 3) }],
    ]),
    nodes: [
      {
        name: 'conv',
        op: 'conv',
        inputs: ['x', 'cw', 'cb'],
        output: 'c',
        kernel: [3, 3],
        stride: [2, 2],
        dilation: [1, 1],
        pads: [0, 0, 0, 0],
        group: 1,
        shape: [1, 3, 3, 3],
        type,
      },
      {
        name: 'r',
        op: 'unary',
        function: 'relu',
        alpha: 0,
        beta: 0,
        inputs: ['c'],
        output: 'r',
        shape: [1, 3, 3, 3],
        type,
      },
      { name: 'flatten', op: 'reshape', inputs: ['r'], output: 'f', shape: [1, 27], type },
      { name: 'gemm', op: 'gemm', inputs: ['f', 'gw', 'gb'], output: 'y', shape: [1, 4], type },
    ],
  }
}

/** The float model, computed straight from ONNX's definitions. */
function floatOutputs(model: FloatGraph, x: Float32Array): number[] {
  const read = (name: string) => model.constants.get(name)?.values ?? new Float32Array(0)
  const conv = { weight: read('cw'), bias: read('cb') }
  const gemm = { weight: read('gw'), bias: read('gb') }
  const hidden: number[] = []
  for (let out = 0; out < 3; out++) {
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        let sum = conv.bias[out] ?? 0
        for (let channel = 0; channel < 2; channel++) {
          for (let i = 0; i < 3; i++) {
            for (let j = 0; j < 3; j++) {
              const weight = conv.weight[((out * 2 + channel) * 3 + i) * 3 + j] ?? 0
              sum += weight * (x[(channel * 7 + row * 2 + i) * 7 + column * 2 + j] ?? 0)
            }
          }
        }
        hidden.push(Math.max(0, sum))
      }
    }
  }
  return Array.from({ length: 4 }, (_, out) =>
    hidden.reduce((sum, value, index) => sum + value * (gemm.weight[out * 27 + index] ?? 0), gemm.bias[out] ?? 0),
  )
}

function prepared(seed: number) {
  const model = convModel(seed)
  const quantized = quantize(model, { calibration: [reals(98, seed + 4)], inputBits: 6 })
  return { model, quantized, r1cs: compile(quantized.graph) }
}

describe('compile', () => {
  it('behavior: the exact graph stays close to the float model', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { model, quantized } = prepared(seed)
      const x = reals(98, seed + 50)
      const exact = evaluate(quantized.graph, quantizeInput(x, quantized))

      for (const [index, real] of floatOutputs(model, x).entries()) {
        const value = (exact[index] ?? 0) / 2 ** quantized.outputScale
        assert.ok(Math.abs(value - real) < 0.25, `output ${index}: exact ${value}, float ${real}`)
      }
    }
  })

  it('invariant: evaluate equals the witness outputs bit for bit, over the whole input range', () => {
    const { quantized, r1cs } = prepared(7)
    const { input } = graphSignals(quantized.graph)
    const value = fc.integer({ min: input.lo, max: input.lo + 2 ** input.bits - 1 })
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 98, maxLength: 98 }),
        fc.bigInt({ min: 0n, max: scalarOrder - 1n }),
        (elements, binding) => {
          const tensor = Int32Array.from(elements)
          const { witness, signals } = computeWitness(quantized.graph, { input: tensor, binding })
          assert.equal(findViolation(r1cs, witness), undefined)
          assert.deepEqual(
            unpackOutput(signals.slice(0, -2), graphSignals(quantized.graph).output),
            evaluate(quantized.graph, tensor),
          )
          assert.deepEqual(signals.slice(-2), [commitInput(packInput(tensor, input)), binding])
        },
      ),
      { numRuns: 30 },
    )
  })

  it('behavior: every input of the declared range has a witness at its extremes (totality)', () => {
    const { quantized, r1cs } = prepared(3)
    const { input } = graphSignals(quantized.graph)

    for (const extreme of [input.lo, input.lo + 2 ** input.bits - 1]) {
      const { witness } = computeWitness(quantized.graph, { input: new Int32Array(98).fill(extreme), binding: 1n })
      assert.equal(findViolation(r1cs, witness), undefined)
    }
  })

  it('soundness: changing any single wire breaks a row', () => {
    const { quantized, r1cs } = prepared(5)
    const { witness } = computeWitness(quantized.graph, { input: quantizeInput(reals(98, 9), quantized), binding: 77n })

    for (let wire = 1; wire < witness.length; wire++) {
      const forged = [...witness]
      forged[wire] = ((forged[wire] ?? 0n) + 1n) % scalarOrder
      assert.notEqual(findViolation(r1cs, forged), undefined, `wire ${wire} is free`)
    }
  })

  it('soundness: another model, input or binding cannot pass as this one (S1-ZK-6)', () => {
    const { quantized, r1cs } = prepared(5)
    const tensor = quantizeInput(reals(98, 9), quantized)
    const honest = computeWitness(quantized.graph, { input: tensor, binding: 77n }).witness
    const signals = signalWires(1)

    // The witness of a model that differs in one weight, on the same input.
    const weights = quantized.graph.weights.map(({ width, values }) => ({ width, values: Int32Array.from(values) }))
    const [first] = weights
    if (first) first.values[0] = (first.values[0] ?? 0) + 1
    const other: ExactGraph = { ...quantized.graph, weights }
    const forgedModel = computeWitness(other, { input: tensor, binding: 77n }).witness
    assert.notEqual(findViolation(r1cs, forgedModel), undefined)

    // The answer to another input under this input's commitment.
    const otherInput = tensor.map((value, index) => (index === 40 ? value ^ 1 : value))
    const forgedInput = computeWitness(quantized.graph, { input: otherInput, binding: 77n }).witness
    forgedInput[signals.commitment] = honest[signals.commitment] ?? 0n
    assert.notEqual(findViolation(r1cs, forgedInput), undefined)

    // A copied proof's witness under another worker's binding.
    const forgedBinding = [...honest]
    forgedBinding[signals.binding] = 78n
    assert.notEqual(findViolation(r1cs, forgedBinding), undefined)
  })

  it('invariant: every B row is a single wire with coefficient one', () => {
    const { r1cs } = prepared(2)

    for (const { b } of r1cs.constraints) assert.deepEqual([b.wires.length, b.coefficients], [1, [1n]])
  })

  it('invariant: a long sum takes a row of its own only where it is multiplied or summed again', () => {
    const count = 300
    const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const
    const sums: GraphNode = {
      ...{ op: 'linear', count: 2, ...wide, shift: 0, operand: 0, weight: 0, bias: 1 },
      window: rowWindow({ rows: 2, length: 0, rowStride: count }),
    }
    sums.window.run = count
    const graph = (reader: GraphNode): ExactGraph => ({
      nodes: [{ op: 'input', count, width: 1, lo: 0, hi: 1 }, sums, reader],
      weights: [
        { width: 1, values: Int32Array.from({ length: 2 * count }, (_, index) => (index % 7) + 1) },
        { width: 4, values: Int32Array.of(0, 0) },
      ],
      inputNode: 0,
      outputNode: 2,
    })
    const rows = (reader: GraphNode) => compile(graph(reader)).constraints.length
    const bare = compile({ ...graph(sums), nodes: graph(sums).nodes.slice(0, 2), outputNode: 1 }).constraints.length

    // Differences of sums lie in -1199 … 1199, 12 bits with their sign; a square of 0 … 1199 needs its factor on a wire.
    const most: GraphNode = { op: 'max', count: 1, ...wide, operand: 1, window: rowWindow({ rows: 1, length: 2 }) }
    assert.equal(rows(most) - bare, 12 + 2)
    assert.equal(rows({ op: 'product', count: 2, ...wide, shift: 0, operands: [1, 1] }) - bare, 2 * 2)
    // Less two bits they are 0 … 300, from bits of their own: the sums stay in c, and each square takes its factor and itself.
    const rounded: GraphNode = { op: 'requantize', count: 2, ...wide, shift: 2, multiplier: 1, operand: 1 }
    const square: GraphNode = { op: 'product', count: 2, ...wide, shift: 0, operands: [2, 2] }
    const both = { ...graph(rounded), nodes: [...graph(rounded).nodes, square], outputNode: 3 }
    assert.equal(compile(both).constraints.length - rows(rounded), 2 * 2)
  })

  it('invariant: evaluation, steps, rows and witness of random graphs of all operators agree', () => {
    for (const [seed, op] of [...computedOps, ...computedOps].entries()) {
      // through the file, where a zero has no sign
      const graph = decodeGraph(encodeGraph(randomGraph(seededRandom(100 + seed), { op, depth: 2 })))
      checkPrimitive(graph, { seed, runs: 4 })
    }
  })

  it('behavior: outputs of more than eight words are one word, the hash of the packed ones', () => {
    const count = 300
    const move: GraphNode = { op: 'move', count, width: 4, lo: -128, hi: 127, operands: [0], weight: 0 }
    const backwards = Int32Array.from({ length: count }, (_, index) => count - 1 - index)
    const graph: ExactGraph = {
      nodes: [{ op: 'input', count, width: 1, lo: -128, hi: 127 }, move],
      weights: [{ width: 4, values: backwards }],
      inputNode: 0,
      outputNode: 1,
    }
    const r1cs = compile(graph)
    const input = Int32Array.from({ length: count }, (_, index) => ((index * 37) % 256) - 128)

    const { witness, signals } = computeWitness(graph, { input, binding: 5n })

    const { output } = graphSignals(graph)
    assert.deepEqual(output, { count, bits: 8, words: 1, isHashed: true })
    assert.equal(findViolation(r1cs, witness), undefined)
    assert.deepEqual(signals, [
      ...answerWords(evaluate(graph, input), output),
      commitInput(packInput(input, { lo: -128, bits: 8 })),
      5n,
    ])
    for (const wire of [1, 2, 3]) {
      const forged = [...witness]
      forged[wire] = (forged[wire] ?? 0n) + 1n
      assert.notEqual(findViolation(r1cs, forged), undefined)
    }
  })

  it('error: an input outside the declared range has no answer', () => {
    const { quantized } = prepared(2)
    const tensor = new Int32Array(98)
    tensor[5] = 400

    assert.throws(() => computeWitness(quantized.graph, { input: tensor, binding: 0n }), {
      name: 'InputOutOfRangeError',
      index: 5,
      value: 400,
    })
    assert.throws(() => evaluate(quantized.graph, new Int32Array(97)), {
      name: 'InputLengthError',
      actual: 97,
      needed: 98,
    })
  })
})
