import type { BinaryFunction, ElementType, Relation, UnaryFunction } from '../floatGraph.ts'
import { elementTypeOf } from '../onnxTensor.ts'
import { seluParameters } from '../unaryFunctions.ts'
import {
  binary,
  broadcastShapes,
  emit,
  listOf,
  makeConstant,
  type Operand,
  type Operator,
  operand,
  optionalOperand,
  refuse,
  reshape,
  type Site,
  unary,
} from './site.ts'

const function1 = (name: UnaryFunction): Operator => ({
  attributes: [],
  inputs: [1, 1],
  lower: (site) => unary(site, [name, operand(site, 0)]),
})

/** A function with parameters, given as attributes with ONNX's defaults. */
const function1With = (
  name: UnaryFunction,
  [alpha, beta]: [alpha: [attribute: string, otherwise: number], beta?: [attribute: string, otherwise: number]],
): Operator => ({
  attributes: beta === undefined ? [alpha[0]] : [alpha[0], beta[0]],
  inputs: [1, 1],
  lower: (site) => {
    const read = ([attribute, otherwise]: [string, number]) => site.attributes.float(attribute, otherwise)
    return unary(site, [name, operand(site, 0), read(alpha), beta === undefined ? 0 : read(beta)])
  },
})

const function2 = (name: BinaryFunction): Operator => ({
  attributes: [],
  inputs: [2, 2],
  lower: (site) => binary(site, [name, operand(site, 0), operand(site, 1)]),
})

/** A function of any number of operands, taken two at a time. */
const functionOfMany = (name: 'add' | 'min' | 'max', finish?: (site: Site, total: Operand) => Operand): Operator => ({
  attributes: [],
  inputs: [1, 1000],
  lower: (site) => {
    const operands = site.node.input.map((_, index) => operand(site, index))
    const total = operands.reduce((before, next) => binary(site, [name, before, next]))
    return finish === undefined ? total : finish(site, total)
  },
})

const relation = (name: Relation): Operator => ({
  attributes: [],
  inputs: [2, 2],
  lower: (site) => compare(site, [name, operand(site, 0), operand(site, 1)]),
})

/** ONNX's operators that compute each element of the output from one element of each operand. */
export const elementwiseOperators: Record<string, Operator> = {
  Abs: function1('abs'),
  Acos: function1('acos'),
  Add: function2('add'),
  And: function2('mul'),
  Asin: function1('asin'),
  Atan: function1('atan'),
  Cast: { attributes: ['to', 'saturate'], inputs: [1, 1], lower: lowerCast },
  CastLike: { attributes: ['saturate'], inputs: [2, 2], lower: lowerCastLike },
  Ceil: function1('ceil'),
  Celu: function1With('celu', [['alpha', 1]]),
  Clip: { attributes: [], inputs: [1, 3], lower: lowerClip },
  Cos: function1('cos'),
  Div: function2('div'),
  Elu: function1With('elu', [['alpha', 1]]),
  Equal: relation('equal'),
  Erf: function1('erf'),
  Exp: function1('exp'),
  Floor: function1('floor'),
  Gelu: { attributes: ['approximate'], inputs: [1, 1], lower: lowerGelu },
  Greater: relation('greater'),
  GreaterOrEqual: relation('greaterOrEqual'),
  HardSigmoid: function1With('hardSigmoid', [
    ['alpha', 0.2],
    ['beta', 0.5],
  ]),
  HardSwish: function1('hardSwish'),
  IsNaN: function1('isNaN'),
  LeakyRelu: function1With('leakyRelu', [['alpha', 0.01]]),
  Less: relation('less'),
  LessOrEqual: relation('lessOrEqual'),
  Log: function1('log'),
  Max: functionOfMany('max'),
  Mean: functionOfMany('add', (site, total) => {
    const count = makeConstant(site, { values: [site.node.input.length], shape: [] })
    return binary(site, ['div', total, count])
  }),
  Min: functionOfMany('min'),
  Mish: function1('mish'),
  Mod: {
    attributes: ['fmod'],
    inputs: [2, 2],
    lower: (site) => {
      const name = site.attributes.integer('fmod', 0) === 0 ? 'mod' : 'fmod'
      return binary(site, [name, operand(site, 0), operand(site, 1)])
    },
  },
  Mul: function2('mul'),
  Neg: function1('neg'),
  Not: function1('not'),
  Or: function2('max'),
  PRelu: { attributes: [], inputs: [2, 2], lower: lowerPRelu },
  Pow: { attributes: [], inputs: [2, 2], lower: lowerPow },
  Reciprocal: function1('reciprocal'),
  Relu: function1('relu'),
  Round: function1('round'),
  Selu: function1With('selu', [
    ['alpha', seluParameters.alpha],
    ['gamma', seluParameters.beta],
  ]),
  Sigmoid: function1('sigmoid'),
  Sign: function1('sign'),
  Sin: function1('sin'),
  Softplus: function1('softplus'),
  Softsign: function1('softsign'),
  Sqrt: function1('sqrt'),
  Sub: function2('sub'),
  Sum: functionOfMany('add'),
  Tan: function1('tan'),
  Tanh: function1('tanh'),
  ThresholdedRelu: function1With('thresholdedRelu', [['alpha', 1]]),
  Where: { attributes: [], inputs: [3, 3], lower: lowerWhere },
  Xor: {
    attributes: [],
    inputs: [2, 2],
    lower: (site) => unary(site, ['not', compare(site, ['equal', operand(site, 0), operand(site, 1)])]),
  },
}

/** 1 where a relation holds between two operands. */
export function compare(site: Site, [name, a, b]: [Relation, Operand, Operand]): Operand {
  const shape = broadcastShapes(site, [a.shape, b.shape])
  return emit(site, { op: 'compare', relation: name, inputs: [a, b], shape, type: 'boolean' })
}

/** `yes` where the condition is 1, else `no`. */
export function choose(site: Site, [condition, yes, no]: [Operand, Operand, Operand]): Operand {
  const shape = broadcastShapes(site, [condition.shape, yes.shape, no.shape])
  const made = emit(site, { op: 'where', inputs: [condition, yes, no], shape, type: yes.type })
  return { ...made, dataType: yes.dataType }
}

function lowerWhere(site: Site) {
  return choose(site, [operand(site, 0), operand(site, 1), operand(site, 2)])
}

/** To an ONNX type; between types that are the same here, nothing. */
export function castTo(site: Site, [x, dataType]: [Operand, number]): Operand {
  const type: ElementType | undefined = elementTypeOf(dataType)
  if (type === undefined) throw refuse(site, `it casts to type ${dataType}; supported are numbers and booleans`)
  if (type === x.type) return { ...x, dataType }
  return { ...emit(site, { op: 'cast', inputs: [x], shape: x.shape, type }), dataType }
}

function lowerCast(site: Site) {
  return castTo(site, [operand(site, 0), site.attributes.integer('to', 0)])
}

function lowerCastLike(site: Site) {
  return castTo(site, [operand(site, 0), operand(site, 1).dataType])
}

/** Bounds that are constant numbers become parameters; others are compared with. */
function lowerClip(site: Site) {
  const x = operand(site, 0)
  const [low, high] = [optionalOperand(site, 1), optionalOperand(site, 2)]
  const bounds = [low, high].map((bound) => {
    if (bound !== undefined && bound.shape.length > 1) {
      throw refuse(site, `a bound has the shape [${listOf(bound.shape)}]; allowed is a single number`)
    }
    return bound === undefined ? undefined : reshape(site, [bound, []])
  })
  const [least, most] = bounds
  if (bounds.every((bound) => bound === undefined || bound.constant !== undefined)) {
    const hi = most?.constant?.values[0] ?? Number.POSITIVE_INFINITY
    // where the bounds are crossed, ONNX gives the upper one, and so does the clip function
    return unary(site, ['clip', x, least?.constant?.values[0] ?? Number.NEGATIVE_INFINITY, hi])
  }
  const raised = least === undefined ? x : binary(site, ['max', x, least])
  return most === undefined ? raised : binary(site, ['min', raised, most])
}

function lowerGelu(site: Site) {
  const mode = site.attributes.text('approximate', 'none')
  if (mode === 'none' || mode === 'tanh') return unary(site, [mode === 'none' ? 'gelu' : 'geluTanh', operand(site, 0)])
  throw refuse(site, `approximate is ${JSON.stringify(mode)}; allowed are "none" and "tanh"`)
}

/** A leaky ReLU with one slope, or where the slopes differ, a choice between x and slope · x. */
function lowerPRelu(site: Site) {
  const [x, slope] = [operand(site, 0), operand(site, 1)]
  const slopes = slope.constant?.values
  const [first = 0] = slopes ?? []
  if (slopes?.every((value) => value === first) && x.type === 'float') return unary(site, ['leakyRelu', x, first])
  const zero = makeConstant(site, { values: [0], shape: [], type: x.type })
  return choose(site, [compare(site, ['less', x, zero]), binary(site, ['mul', x, slope]), x])
}

/** Powers that are constant become the plainest function there is. */
function lowerPow(site: Site) {
  const [x, exponents] = [operand(site, 0), operand(site, 1)]
  const values = exponents.constant?.values
  const [power = 0] = values ?? []
  if (values === undefined || !values.every((value) => value === power) || x.type !== 'float') {
    const both: [Operand, Operand] = [x, exponents.type === x.type ? exponents : castTo(site, [exponents, x.dataType])]
    // an integer base keeps its type, whatever the exponent's
    return binary(site, ['pow', x, x.type === 'integer' ? exponents : both[1]])
  }
  const shape = broadcastShapes(site, [x.shape, exponents.shape])
  if (shape.join() !== x.shape.join()) return binary(site, ['pow', x, exponents])
  if (power === 1) return x
  if (power === 2) return binary(site, ['mul', x, x])
  if (power === 0.5) return unary(site, ['sqrt', x])
  if (power === -1) return unary(site, ['reciprocal', x])
  return unary(site, ['power', x, power])
}
