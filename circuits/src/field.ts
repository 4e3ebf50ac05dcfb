/** Order of BN254's scalar field: every signal, coefficient and witness value is below it (EIP-197). */
export const scalarOrder = 21888242871839275222246405745257275088548364400416034343698204186575808495617n

/** Order of BN254's base field: every coordinate of a point is below it (EIP-197). */
export const baseOrder = 21888242871839275222246405745257275088696311157297823662689037894645226208583n

/** The representative of `value` in [0, {@link scalarOrder}). */
export function mod(value: bigint): bigint {
  const rest = value % scalarOrder
  return rest < 0n ? rest + scalarOrder : rest
}

/** `base` to the power `exponent` (≥ 0) in the scalar field. */
export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = mod(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % scalarOrder
    square = (square * square) % scalarOrder
  }
  return result
}

/**
 * Multiplicative inverse in the scalar field.
 * @throws RangeError for zero, which has none
 */
export function inverse(value: bigint): bigint {
  let [low, high] = [mod(value), scalarOrder]
  if (low === 0n) throw new RangeError('Zero has no inverse in the scalar field.')
  let [lowFactor, highFactor] = [1n, 0n]
  while (low > 1n) {
    const quotient = high / low
    ;[high, low] = [low, high - quotient * low]
    ;[highFactor, lowFactor] = [lowFactor, highFactor - quotient * lowFactor]
  }
  return mod(lowFactor)
}
