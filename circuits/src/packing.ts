/** Bits of one packed word; 31 bytes, so that a word is always below the scalar field's order. */
export const wordBits = 248

/** A value does not fit the bits that its packing gives it. */
export class ValueOutOfBitsError extends Error {
  override readonly name = 'ValueOutOfBitsError'
  readonly index: number
  readonly value: number

  constructor({ index, value, lo, bits }: { index: number; value: number; lo: number; bits: number }) {
    super(`Value ${index} is ${value}; it must be an integer from ${lo} to ${lo + 2 ** bits - 1}.`)
    this.index = index
    this.value = value
  }
}

/** Values in one word: ⌊248 / bits⌋. */
export function valuesPerWord(bits: number): number {
  return Math.floor(wordBits / bits)
}

/**
 * Packs input values into words: `value - lo` in `bits` bits each, the first value in the lowest bits.
 * @throws ValueOutOfBitsError
 */
export function packInput(values: Int32Array, { lo, bits }: { lo: number; bits: number }): bigint[] {
  const perWord = valuesPerWord(bits)
  const words: bigint[] = Array.from({ length: Math.ceil(values.length / perWord) }, () => 0n)
  for (const [index, value] of values.entries()) {
    const offset = value - lo
    if (offset < 0 || offset >= 2 ** bits) throw new ValueOutOfBitsError({ index, value, lo, bits })
    const word = Math.floor(index / perWord)
    words[word] = (words[word] ?? 0n) + (BigInt(offset) << BigInt(bits * (index % perWord)))
  }
  return words
}

/**
 * Packs output values into words: each as an offset from -2^(bits-1), the first value in the lowest bits.
 * @throws ValueOutOfBitsError
 */
export function packOutput(values: Int32Array, { bits }: { bits: number }): bigint[] {
  return packInput(values, { lo: -(2 ** (bits - 1)), bits })
}

/**
 * The `count` signed values of packed output words; inverse of {@link packOutput}.
 * @throws RangeError when the words are too many, too few, or carry bits past the last value
 */
export function unpackOutput(words: readonly bigint[], { count, bits }: { count: number; bits: number }): Int32Array {
  const perWord = valuesPerWord(bits)
  const needed = Math.ceil(count / perWord)
  if (words.length !== needed)
    throw new RangeError(`The answer has ${words.length} words; ${count} values of ${bits} bits take ${needed}.`)
  const mask = (1n << BigInt(bits)) - 1n
  const values = new Int32Array(count)
  for (const [index, word] of words.entries()) {
    const first = index * perWord
    const here = Math.min(perWord, count - first)
    if (word < 0n || word >> BigInt(bits * here) !== 0n) {
      throw new RangeError(`Word ${index} of the answer carries bits past its ${here} values of ${bits} bits.`)
    }
    for (let slot = 0; slot < here; slot++) {
      values[first + slot] = Number((word >> BigInt(bits * slot)) & mask) - 2 ** (bits - 1)
    }
  }
  return values
}
