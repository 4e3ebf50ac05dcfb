import { TensorShapeError } from '../onnxErrors.ts'
import {
  binary,
  broadcastShapes,
  emit,
  makeConstant,
  type Operand,
  type Operator,
  operand,
  optionalOperand,
  refuse,
  reshape,
  type Site,
  transpose,
} from './site.ts'

/** Matrix products. */
export const matrixOperators: Record<string, Operator> = {
  Gemm: { attributes: ['alpha', 'beta', 'transA', 'transB'], inputs: [2, 3], lower: lowerGemm },
  MatMul: {
    attributes: [],
    inputs: [2, 2],
    lower: (site) => matMul(site, [operand(site, 0), operand(site, 1)]),
  },
  MatMulInteger: { attributes: [], inputs: [2, 4], lower: lowerMatMulInteger },
}

const swapLast = (rank: number) => [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]

/** A full layer: `weight` `[out, in]` is constant, and so is the bias, `[out]`; zeros without one. */
export function fullLayer(site: Site, { x, weight, bias }: { x: Operand; weight: Operand; bias?: Operand }): Operand {
  const [outCount = 1] = weight.shape
  const zeros = bias ?? makeConstant(site, { values: new Float32Array(outCount), shape: [outCount] })
  const shape = [...x.shape.slice(0, -1), outCount]
  return emit(site, { op: 'gemm', inputs: [x, weight, zeros], shape, type: x.type })
}

/** `a · b` as numpy's matmul: a full layer where one operand is a constant matrix. */
export function matMul(site: Site, [a, b]: [Operand, Operand]): Operand {
  if (a.shape.length === 0 || b.shape.length === 0) throw refuse(site, 'an operand is a single number')
  if (a.shape.length === 1) {
    const product = matMul(site, [reshape(site, [a, [1, ...a.shape]]), b])
    return reshape(site, [product, product.shape.toSpliced(b.shape.length === 1 ? 0 : -2, 1)])
  }
  if (b.shape.length === 1) {
    const product = matMul(site, [a, reshape(site, [b, [...b.shape, 1]])])
    return reshape(site, [product, product.shape.slice(0, -1)])
  }
  const [inner = 1, rows = 1] = [a.shape.at(-1), b.shape.at(-2)]
  if (inner !== rows) {
    const [actual, other] = [b, a].map(({ shape }) => `the shape [${shape.slice(0, 8).join(', ')}]`)
    const expected = `${inner} rows, as its other factor has ${other}`
    throw new TensorShapeError({ tensor: b.name, actual: actual ?? '', expected })
  }
  if (b.constant !== undefined && b.shape.length === 2 && a.constant === undefined) {
    return fullLayer(site, { x: a, weight: transpose(site, [b, [1, 0]]) })
  }
  if (a.constant !== undefined && a.shape.length === 2 && b.constant === undefined) {
    // A · B = (Bᵀ · Aᵀ)ᵀ, and Aᵀ's weight rows are A's
    const order = swapLast(b.shape.length)
    return transpose(site, [fullLayer(site, { x: transpose(site, [b, order]), weight: a }), order])
  }
  const batch = broadcastShapes(site, [a.shape.slice(0, -2), b.shape.slice(0, -2)])
  const shape = [...batch, a.shape.at(-2) ?? 1, b.shape.at(-1) ?? 1]
  return emit(site, { op: 'matMul', inputs: [a, b], shape, type: a.type })
}

function scaled(site: Site, [x, factor]: [Operand, number]): Operand {
  if (factor === 1) return x
  return binary(site, ['mul', x, makeConstant(site, { values: [factor], shape: [], type: x.type })])
}

function lowerGemm(site: Site) {
  const { attributes } = site
  const [a, b, c] = [operand(site, 0), operand(site, 1), optionalOperand(site, 2)]
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    const shapes = [a, b].map(({ shape }) => `[${shape.slice(0, 8).join(', ')}]`).join(' and ')
    throw refuse(site, `its factors have the shapes ${shapes}; allowed are two dimensions each, so flatten before`)
  }
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)]
  const [transA, transB] = [attributes.integer('transA', 0) !== 0, attributes.integer('transB', 0) !== 0]
  const left = transA ? transpose(site, [a, [1, 0]]) : a
  const addend = c === undefined ? undefined : scaled(site, [c, beta])
  const inCount = left.shape[1] ?? 1
  const [outCount = 1, columns = 1] = transB ? b.shape : b.shape.toReversed()
  if (columns !== inCount) {
    const expected = transB ? `[out, ${inCount}]` : `[${inCount}, out]`
    throw new TensorShapeError({ tensor: b.name, actual: `the shape [${b.shape.join(', ')}]`, expected })
  }
  const rowsAlike = addend?.constant !== undefined && addend.shape.slice(0, -1).every((length) => length === 1)
  const bias = rowsAlike ? addend : undefined
  if (bias !== undefined && ((bias.shape.at(-1) ?? 1) !== 1 || bias.shape.length > 2)) {
    if (bias.shape.at(-1) !== outCount || bias.shape.length > 2) {
      const actual = `the shape [${bias.shape.join(', ')}]`
      throw new TensorShapeError({ tensor: bias.name, actual, expected: `${outCount} values, one for each output` })
    }
  }
  let product: Operand
  if (b.constant !== undefined && left.constant === undefined) {
    const weight = scaled(site, [transB ? b : transpose(site, [b, [1, 0]]), alpha])
    product = fullLayer(site, { x: left, weight, ...(bias && { bias: spreadBias(site, [bias, outCount]) }) })
    return bias === undefined && addend !== undefined ? addTo(site, [product, addend]) : product
  }
  product = scaled(site, [matMul(site, [left, transB ? transpose(site, [b, [1, 0]]) : b]), alpha])
  return addend === undefined ? product : addTo(site, [product, addend])
}

/** Adds what may not be larger than the sum. */
function addTo(site: Site, [product, addend]: [Operand, Operand]): Operand {
  const sum = binary(site, ['add', product, addend])
  if (sum.shape.join() === product.shape.join()) return sum
  const actual = `the shape [${addend.shape.slice(0, 8).join(', ')}]`
  throw new TensorShapeError({ tensor: addend.name, actual, expected: `to broadcast to [${product.shape.join(', ')}]` })
}

/** A constant of one value, or of one for each output, as one for each output. */
function spreadBias(site: Site, [bias, outCount]: [Operand, number]): Operand {
  if (bias.constant?.values.length === outCount) return reshape(site, [bias, [outCount]])
  return makeConstant(site, {
    values: new Float32Array(outCount).fill(bias.constant?.values[0] ?? 0),
    shape: [outCount],
  })
}

function lowerMatMulInteger(site: Site) {
  const factors = ([0, 1] as const).map((index) => {
    const [x, zero] = [operand(site, index), optionalOperand(site, index + 2)]
    if (zero === undefined) return x
    // zeros of a's rows stand beside the columns; a single one, or those of b's columns, broadcast as they are
    const zeros = index === 0 && zero.shape.length === 1 ? reshape(site, [zero, [...zero.shape, 1]]) : zero
    return binary(site, ['sub', x, zeros])
  })
  const [a, b] = factors
  if (a === undefined || b === undefined) throw refuse(site, 'a factor is missing')
  return matMul(site, [a, b])
}
