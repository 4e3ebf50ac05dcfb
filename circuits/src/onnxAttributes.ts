import { UnsupportedOperatorError } from './onnxErrors.ts'
import { type AttributeProto, AttributeProto_AttributeType, type NodeProto, type TensorProto } from './onnxSchema.ts'

const typeNames = {
  float: 'FLOAT',
  floats: 'FLOATS',
  integer: 'INT',
  integers: 'INTS',
  text: 'STRING',
  texts: 'STRINGS',
  tensor: 'TENSOR',
} as const

/** Typed access to one node's attributes. A wrong type, a duplicate or one the operator does not have is refused. */
export type Attributes = {
  float: (name: string, otherwise: number) => number
  /** may be infinite or not a number */
  number: (name: string, otherwise: number) => number
  integer: (name: string, otherwise: number) => number
  /** undefined when the attribute is absent */
  integers: (name: string) => number[] | undefined
  /** undefined when the attribute is absent; the numbers may be infinite */
  floats: (name: string) => number[] | undefined
  text: (name: string, otherwise: string) => string
  texts: (name: string) => string[] | undefined
  tensor: (name: string) => TensorProto | undefined
  has: (name: string) => boolean
}

/**
 * @param allowed the attributes the operator may have
 * @throws UnsupportedOperatorError on any other attribute, and later on a value of the wrong type or size
 */
export function readAttributes(node: NodeProto, allowed: readonly string[]): Attributes {
  const fail = (reason: string) => new UnsupportedOperatorError({ nodeName: node.name, operator: node.opType, reason })
  const found = new Map<string, AttributeProto>()
  for (const attribute of node.attribute) {
    const name = attribute.name.slice(0, 40)
    if (!allowed.includes(attribute.name)) throw fail(`its attribute ${JSON.stringify(name)} is not supported`)
    if (found.has(name)) throw fail(`its attribute ${name} is given twice`)
    if (attribute.refAttrName !== '') throw fail(`its attribute ${name} refers to a function's attribute`)
    found.set(name, attribute)
  }
  const find = (name: string, type: keyof typeof typeNames) => {
    const attribute = found.get(name)
    if (attribute === undefined || attribute.type === AttributeProto_AttributeType[typeNames[type]]) return attribute
    throw fail(`its attribute ${name} is not of type ${typeNames[type]}`)
  }
  const toNumber = (name: string, value: bigint) => {
    if (value >= -(2n ** 31n) && value < 2n ** 31n) return Number(value)
    throw fail(`its attribute ${name} is ${value}, which does not fit 32 bits`)
  }
  return {
    float(name, otherwise) {
      const value = find(name, 'float')?.f ?? otherwise
      if (Number.isFinite(value)) return value
      throw fail(`its attribute ${name} is ${value}; allowed are finite numbers`)
    },
    number: (name, otherwise) => find(name, 'float')?.f ?? otherwise,
    integer: (name, otherwise) => toNumber(name, find(name, 'integer')?.i ?? BigInt(otherwise)),
    integers: (name) => find(name, 'integers')?.ints.map((value) => toNumber(name, value)),
    floats: (name) => find(name, 'floats')?.floats,
    texts: (name) => find(name, 'texts')?.strings.map((bytes) => new TextDecoder().decode(bytes.subarray(0, 1000))),
    tensor: (name) => find(name, 'tensor')?.t,
    has: (name) => found.has(name),
    text(name, otherwise) {
      const attribute = find(name, 'text')
      return attribute === undefined ? otherwise : new TextDecoder().decode(attribute.s.subarray(0, 40))
    },
  }
}
