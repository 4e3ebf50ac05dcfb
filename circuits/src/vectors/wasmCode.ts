/*
 * WebAssembly instructions as bytes (https://webassembly.github.io/spec/core/binary/instructions.html), written inside out: each
 * function takes the code of its operands and returns that code with its own instruction behind it.
 */

/** Instructions, one behind the other. */
export type Code = number[]

/** Value types by their byte. */
export const types = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const
export type ValueType = keyof typeof types

/** LEB128 of a natural number of 32 bits. */
export function unsigned(value: number): Code {
  const bytes: Code = []
  let rest = value >>> 0
  do {
    const byte = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? byte : byte | 0x80)
  } while (rest !== 0)
  return bytes
}

/** LEB128 of an integer of 32 bits. */
export function signed(value: number): Code {
  const bytes: Code = []
  for (let rest = value | 0; ; ) {
    const byte = rest & 0x7f
    rest >>= 7
    const isLast = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)
    bytes.push(isLast ? byte : byte | 0x80)
    if (isLast) return bytes
  }
}

const unary = (opcode: number) => (operand: Code) => [...operand, opcode]
const binary = (opcode: number) => (left: Code, right: Code) => [...left, ...right, opcode]
const load = (opcode: number) => (address: Code, offset?: number) => [...address, opcode, 0, ...unsigned(offset ?? 0)]
const store = (opcode: number) => (address: Code, value: Code) => [...address, ...value, opcode, 0, 0]
const simdUnary = (opcode: number) => (operand: Code) => [...operand, 0xfd, ...unsigned(opcode)]
const simdBinary = (opcode: number) => (left: Code, right: Code) => [...left, ...right, 0xfd, ...unsigned(opcode)]
const simdLoad = (opcode: number) => (address: Code, offset?: number) => [
  ...[...address, 0xfd, ...unsigned(opcode), 0],
  ...unsigned(offset ?? 0),
]

/** A local variable. */
export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)]
/** `yes` where the condition is not 0, else `no`; both are computed. */
export const choose = (condition: Code, { yes, no }: { yes: Code; no: Code }): Code => [
  ...yes,
  ...no,
  ...condition,
  0x1b,
]
export const call = (index: number, values: Code): Code => [...values, 0x10, ...unsigned(index)]

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load: load(0x28),
  load16: load(0x2e),
  store: store(0x36),
  store16: store(0x3b),
  lessThan: binary(0x48),
  greaterThan: binary(0x4a),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  shiftLeft: binary(0x74),
  shiftRight: binary(0x75),
  fromI64: unary(0xa7),
}

export const i64 = {
  /** a natural number of 6 bits */
  const: (value: number): Code => [0x42, value & 0x3f],
  lessThan: binary(0x53),
  greaterThan: binary(0x55),
  add: binary(0x7c),
  mul: binary(0x7e),
  shiftLeft: binary(0x86),
  shiftRight: binary(0x87),
  fromI32: unary(0xac),
}

/** Vectors of 16 bytes; the names say how many lanes of how many bits an instruction takes. */
export const v128 = {
  load: simdLoad(0x00),
  load16x4: simdLoad(0x03),
  load32Splat: simdLoad(0x09),
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0xfd, 0x0b, 0, ...unsigned(offset)],
  /** the lower 8 bytes */
  store64: (address: Code, value: Code, offset = 0): Code => [
    ...[...address, ...value, 0xfd, 0x5b, 0, ...unsigned(offset), 0],
  ],
  splat32: simdUnary(0x11),
  lane32: (vector: Code, lane: number): Code => [...vector, 0xfd, 0x1b, lane],
  zero: [0xfd, 0x0c, ...new Array<number>(16).fill(0)],
  and: simdBinary(0x4e),
  /** bits of `yes` where the mask has ones, else of `no` */
  bitselect: (mask: Code, { yes, no }: { yes: Code; no: Code }): Code => [...yes, ...no, ...mask, 0xfd, 0x52],
  equal32: simdBinary(0x37),
  notEqual32: simdBinary(0x38),
  greater32: simdBinary(0x3b),
  greaterOrEqual32: simdBinary(0x3f),
  narrow16: simdBinary(0x85),
  max16: simdBinary(0x98),
  shiftRight32: simdBinary(0xac),
  add32: simdBinary(0xae),
  mul32: simdBinary(0xb5),
  min32: simdBinary(0xb6),
  max32: simdBinary(0xb8),
  /** sums of the products of neighbours of 16 bits */
  dot16: simdBinary(0xba),
  extendedProductLow16: simdBinary(0xbc),
  extendedProductHigh16: simdBinary(0xbd),
}

/** Runs the body for index = from, from + step, … while it is below `to`; not at all where from ≥ to. All are i32. */
export function forLoop(
  { index, from = i32.const(0), to, step = 1 }: { index: number; from?: Code; to: Code; step?: number },
  body: Code,
): Code {
  const isLess = i32.lessThan(get(index), to)
  return [
    ...set(index, from),
    ...[...isLess, 0x04, 0x40], // if
    ...[0x03, 0x40], // loop
    ...body,
    ...set(index, i32.add(get(index), i32.const(step))),
    ...[...isLess, 0x0d, 0], // br_if
    ...[0x0b, 0x0b],
  ]
}
