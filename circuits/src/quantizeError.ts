/** The model cannot be quantized with these options. */
export class QuantizeError extends Error {
  override readonly name = 'QuantizeError'
}
