import { formatCount } from './formatCount.ts'

/** A real value of a model for people: at most four digits after the point, with a true minus, and powers of ten where it is tiny or huge. */
export function formatReal(value: number): string {
  const size = Math.abs(value)
  const text = size !== 0 && (size < 0.0001 || size >= 1e9) ? value.toExponential(2) : String(Number(value.toFixed(4)))
  return text.replaceAll('-', '−')
}

/** A bound of an input for people: whole numbers as they are, others with four digits. */
export function formatBound(value: number): string {
  return Number.isSafeInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)))
}
