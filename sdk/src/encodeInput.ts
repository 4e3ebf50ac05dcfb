import { commitInput } from '@assay/circuits/inputCommitment'
import { onGrid } from '@assay/circuits/inputGrid'
import { packInput } from '@assay/circuits/packing'
import { encodeTensor } from '@assay/circuits/tensorBytes'
import { tensorRoot } from '@assay/circuits/tensorRoot'
import type { Hex } from 'viem'
import { cidOf, cidToDigest } from './content.ts'
import { countOf, type ManifestInput } from './manifest.ts'
import { type InputSource, readInput } from './readInput.ts'

/** A model's exact input and all that an order says of it. */
export type EncodedInput = {
  /** The integers q = clamp(floor(x · 2^scale + 0.5) − zero, lo, lo + 2^bits − 1), in NHWC order; only a grid has zeros. */
  values: Int32Array
  /** The tensor's bytes (TRACE.md 2); what is stored on IPFS. */
  bytes: Uint8Array
  /** Packed words that the circuit commits to. */
  words: bigint[]
  /** Poseidon of the words. */
  inputCommitment: bigint
  /** Keccak tree of the bytes (TRACE.md 3). */
  inputRoot: Hex
  /** CIDv1 of the bytes. */
  cid: string
  /** SHA-256 digest inside the CID, as the order holds it. */
  inputCid: Hex
}

/** The input has another number of values than the model takes. */
export class InputSizeError extends Error {
  override readonly name = 'InputSizeError'
  readonly actual: number
  readonly needed: number

  constructor({ actual, shape }: { actual: number; shape: number[] }) {
    const needed = countOf(shape)
    super(`The input has ${actual} values; the model takes ${needed} (${shape.join('×')}): resize or crop it.`)
    this.actual = actual
    this.needed = needed
  }
}

/** The input holds a value that is no finite number. */
export class InputValueError extends Error {
  override readonly name = 'InputValueError'
  readonly index: number
  readonly value: unknown

  constructor({ index, value }: { index: number; value: unknown }) {
    super(`Input value ${index} is ${String(value).slice(0, 40)}; every value has to be a finite number.`)
    this.index = index
    this.value = value
  }
}

/** The input holds a value that the model's integers cannot express. */
export class InputRangeError extends Error {
  override readonly name = 'InputRangeError'
  readonly index: number
  readonly value: number | bigint

  constructor({ index, value, lo, hi }: { index: number; value: number | bigint; lo: number; hi: number }) {
    super(`Input value ${index} is ${value}; the model takes integers from ${lo} to ${hi}.`)
    this.index = index
    this.value = value
  }
}

/**
 * Turns real values, or where they come from, into the model's exact input. Values outside the model's range are clamped, as its quantization says;
 * `{ exact }` holds the model's own integers instead, which are taken as they are.
 * @throws InputSizeError, InputValueError, InputRangeError for `exact`, and the errors of {@link readInput}
 */
export async function encodeInput(
  input: ManifestInput,
  source: InputSource | { exact: ArrayLike<number | bigint> },
): Promise<EncodedInput> {
  if ('exact' in source) return encodeExactInput(input, exactValues(input, source.exact))
  const values = await readInput(source, input.shape)
  if (values.length !== countOf(input.shape)) throw new InputSizeError({ actual: values.length, shape: input.shape })
  for (let index = 0; index < values.length; index += 1) {
    const value: unknown = values[index]
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new InputValueError({ index, value })
  }
  const { lo, bits, scale, grid } = input
  const hi = lo + 2 ** bits - 1
  if (grid) return encodeExactInput(input, onGrid(values, { ...grid, lo, hi }))
  const factor = 2 ** scale
  const exact = Int32Array.from(values, (value) => Math.min(hi, Math.max(lo, Math.floor(value * factor + 0.5))))
  return encodeExactInput(input, exact)
}

function exactValues({ shape, lo, bits }: ManifestInput, values: ArrayLike<number | bigint>): Int32Array {
  if (values.length !== countOf(shape)) throw new InputSizeError({ actual: values.length, shape })
  const hi = lo + 2 ** bits - 1
  return Int32Array.from({ length: values.length }, (_, index) => {
    const value: unknown = values[index]
    if (typeof value !== 'number' && typeof value !== 'bigint') throw new InputValueError({ index, value })
    const whole = typeof value === 'bigint' || Number.isInteger(value)
    if (!whole || value < lo || value > hi) throw new InputRangeError({ index, value, lo, hi })
    return Number(value)
  })
}

/**
 * All that an order says of an exact input.
 * @throws InputSizeError for another number of values; the packing throws for a value outside the model's range
 */
export async function encodeExactInput(
  input: Pick<ManifestInput, 'shape' | 'width' | 'lo' | 'bits'>,
  values: Int32Array,
): Promise<EncodedInput> {
  if (values.length !== countOf(input.shape)) throw new InputSizeError({ actual: values.length, shape: input.shape })
  const words = packInput(values, { lo: input.lo, bits: input.bits })
  const bytes = encodeTensor(values, input.width)
  const cid = await cidOf(bytes)
  return {
    values,
    bytes,
    words,
    inputCommitment: commitInput(words),
    inputRoot: tensorRoot(bytes),
    cid,
    inputCid: cidToDigest(cid),
  }
}
