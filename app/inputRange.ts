import type { ManifestInput } from '@assay/sdk/manifest'

/** The real values that an element of a model's input can have; others are clamped. A grid gives each element its own scale. */
export function rangeOf({ lo, bits, scale, grid }: ManifestInput, index: number): { least: number; most: number } {
  const zero = grid?.zeros[index] ?? 0
  const unit = 2 ** -(grid?.scales[index] ?? scale)
  return { least: (lo + zero) * unit, most: (lo + 2 ** bits - 1 + zero) * unit }
}
