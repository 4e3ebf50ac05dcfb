import type { FloatUnary, UnaryFunction } from './floatGraph.ts'

type Parameters = { alpha: number; beta: number }

const selu = { alpha: 1.6732632423543772, scale: 1.0507009873554805 }
const clamp = (x: number, lo: number, hi: number) => Math.min(hi, Math.max(lo, x))
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
/** Written so that neither a large nor a small x overflows. */
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

const functions: Record<UnaryFunction, (x: number, parameters: Parameters) => number> = {
  abs: Math.abs,
  acos: Math.acos,
  asin: Math.asin,
  atan: Math.atan,
  ceil: Math.ceil,
  celu: (x, { alpha }) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha)),
  clip: (x, { alpha, beta }) => clamp(x, alpha, beta),
  cos: Math.cos,
  elu: (x, { alpha }) => (x < 0 ? alpha * Math.expm1(x) : x),
  erf,
  exp: Math.exp,
  floor: Math.floor,
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  geluTanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  hardSigmoid: (x, { alpha, beta }) => clamp(alpha * x + beta, 0, 1),
  hardSwish: (x) => x * clamp(x / 6 + 0.5, 0, 1),
  isNaN: (x) => (Number.isNaN(x) ? 1 : 0),
  leakyRelu: (x, { alpha }) => (x < 0 ? alpha * x : x),
  log: Math.log,
  mish: (x) => x * Math.tanh(softplus(x)),
  neg: (x) => -x,
  not: (x) => (x === 0 ? 1 : 0),
  power: (x, { alpha }) => x ** alpha,
  reciprocal: (x) => 1 / x,
  relu: (x) => Math.max(0, x),
  round: roundHalfEven,
  selu: (x, { alpha, beta }) => beta * (x > 0 ? x : alpha * Math.expm1(x)),
  sigmoid,
  sign: Math.sign,
  sin: Math.sin,
  softplus,
  softsign: (x) => x / (1 + Math.abs(x)),
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
  thresholdedRelu: (x, { alpha }) => (x > alpha ? x : 0),
}

/** ONNX's default parameters of Selu, α and γ. */
export const seluParameters: Parameters = { alpha: selu.alpha, beta: selu.scale }

/** The function of one element that a node applies, in double precision: the source of look-up tables and of the float reference. */
export function unaryFunction({ function: name, alpha, beta }: Pick<FloatUnary, 'function' | 'alpha' | 'beta'>) {
  const evaluate = functions[name]
  return (x: number) => evaluate(x, { alpha, beta })
}

/** The nearest whole number, of two equally near the even one. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}

/**
 * The error function `2/√π ∫₀ˣ exp(-t²) dt` within 1e-15: the power series of small arguments and the continued fraction of large ones.
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6 and 7.1.14.
 */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (Number.isNaN(x)) return x
  if (size > 6) return Math.sign(x)
  if (size < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1)
      sum += term
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
  }
  let fraction = 0
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (size + fraction)
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction))
}
