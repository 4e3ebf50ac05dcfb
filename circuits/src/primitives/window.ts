import { GraphInvalidError, type SecondWindow, type Window } from '../exactGraph.ts'

/** Where the reads of output element `element` start in the first operand. */
export function windowStart({ d1, d2, base, s0, s1, s2 }: Window, element: number): number {
  return base + Math.floor(element / (d2 * d1)) * s0 + (Math.floor(element / d2) % d1) * s1 + (element % d2) * s2
}

/** Where the reads of output element `element` start in the second operand. */
export function secondStart(
  { d1, d2 }: Window,
  { second, element }: { second: SecondWindow; element: number },
): number {
  const { base, t0, t1, t2 } = second
  return base + Math.floor(element / (d2 * d1)) * t0 + (Math.floor(element / d2) % d1) * t1 + (element % d2) * t2
}

/** A window whose reads are multiplied by constants, a row of weights and a bias for each of its columns. */
export type WeightedWindow = { window: Window; weight: Int32Array; bias: Int32Array }

/** bias[j mod d2] + Σ_t weight[(j mod d2) · rowStride + t] · x[read_t(j)] of element j. */
export function weightedSum(
  operand: Int32Array,
  { window, weight, bias, element }: WeightedWindow & { element: number },
): number {
  const { d2, run, n1, n2, r1, r2, rowStride } = window
  const start = windowStart(window, element)
  const i2 = element % d2
  let sum = bias[i2] ?? 0
  let term = i2 * rowStride
  for (let a = 0; a < n1; a++) {
    for (let b = 0; b < n2; b++) {
      const first = start + a * r1 + b * r2
      for (let position = first; position < first + run; position++) {
        sum += (weight[term++] ?? 0) * (operand[position] ?? 0)
      }
    }
  }
  return sum
}

/** Calls back for each run of reads of an element: the first position in the operand, and how many reads came before. */
export function forEachRun(window: Window, element: number, read: (first: number, term: number) => void): void {
  const start = windowStart(window, element)
  const { n1, n2, r1, r2, run } = window
  for (let a = 0; a < n1; a++) {
    for (let b = 0; b < n2; b++) read(start + a * r1 + b * r2, (a * n2 + b) * run)
  }
}

/** Checks that a window is not empty and covers the node's elements. @throws GraphInvalidError */
export function checkWindow({ window, index, count }: { window: Window; index: number; count: number }): void {
  const { d1, d2, n1, n2, run } = window
  const refuse = (reason: string) => {
    throw new GraphInvalidError(`node ${index} ${reason}`)
  }
  if (d1 < 1 || d2 < 1 || n1 < 1 || n2 < 1 || run < 1) refuse('has an empty window')
  if (n1 > 0xffff || n2 > 0xffff) refuse(`has a window of ${n1}×${n2} runs; 65535 of each are allowed`)
  if (count % (d1 * d2) !== 0) refuse(`has ${count} elements, not a multiple of ${d1 * d2}`)
}

/** Checks that no element of the window reads outside the operand: strides are not negative, so the last reads go furthest. @throws GraphInvalidError */
export function checkReads(context: { window: Window; index: number; count: number; operandCount: number }): void {
  const { window, index, count, operandCount } = context
  const { d1, d2, s0, s1, s2, base, run, n1, n2, r1, r2 } = window
  checkNatural({ s0, s1, s2, base, r1, r2 }, index)
  const last =
    base + (count / (d1 * d2) - 1) * s0 + (d1 - 1) * s1 + (d2 - 1) * s2 + (n1 - 1) * r1 + (n2 - 1) * r2 + run - 1
  if (last >= operandCount) {
    throw new GraphInvalidError(`node ${index} reads element ${last} of a tensor of ${operandCount}`)
  }
}

/** {@link checkReads} of a second operand: `reach` is how far an element reads behind its start. @throws GraphInvalidError */
export function checkSecondReads(context: {
  window: Window
  second: SecondWindow
  index: number
  count: number
  operandCount: number
  reach: number
}): void {
  const { window, second, index, count, operandCount, reach } = context
  const { d1, d2 } = window
  checkNatural({ ...second }, index)
  const last = second.base + (count / (d1 * d2) - 1) * second.t0 + (d1 - 1) * second.t1 + (d2 - 1) * second.t2 + reach
  if (last >= operandCount) {
    throw new GraphInvalidError(`node ${index} reads element ${last} of a second tensor of ${operandCount}`)
  }
}

function checkNatural(fields: Record<string, number>, index: number): void {
  for (const [name, value] of Object.entries(fields)) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
      throw new GraphInvalidError(
        `node ${index} has ${value} as its window's ${name}; it must be a natural number of 32 bits`,
      )
    }
  }
}
