import type { ExactGraph } from '@assay/circuits/exactGraph'

/** A perceptron of 784 inputs, 1,280 hidden values and 10 outputs: 1,016,320 weights of a byte. */
export function megabyteGraph(): ExactGraph {
  return {
    nodes: [
      { op: 'input', count: 784, width: 1, lo: 0, hi: 127 },
      {
        op: 'linear',
        count: 1280,
        width: 1,
        lo: 0,
        hi: 127,
        shift: 15,
        operand: 0,
        weight: 0,
        bias: 1,
        window: rows(1280, 784),
      },
      {
        op: 'linear',
        count: 10,
        width: 4,
        lo: -(2 ** 27),
        hi: 2 ** 27 - 1,
        shift: 0,
        operand: 1,
        weight: 2,
        bias: 3,
        window: rows(10, 1280),
      },
    ],
    weights: [dense(1280, 784), biases(1280), dense(10, 1280), biases(10)],
    inputNode: 0,
    outputNode: 2,
  }
}

function dense(count: number, run: number) {
  const values = Int32Array.from({ length: count * run }, (_, index) => ((index * 2654435761) >>> 24) - 128)
  return { width: 1, values } as const
}

function biases(count: number) {
  return { width: 4, values: new Int32Array(count) } as const
}

function rows(count: number, run: number) {
  const still = { d1: 1, s0: 0, s1: 0, s2: 0, base: 0, n1: 1, n2: 1, r1: 0, r2: 0 }
  return { ...still, d2: count, run, rowStride: run }
}
