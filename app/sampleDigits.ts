import samples from './sampleDigits.json'

/** A real handwritten digit of MNIST's held-out split, and what it shows. `pixels` are 784 values from 0 to 1, row by row. */
export type SampleDigit = { label: number; pixels: Float32Array }

/** One held-out digit of each kind; the file is written by `scripts/sampleDigits.ts`. */
export const sampleDigits: SampleDigit[] = samples.map(({ label, pixels }) => ({
  label,
  pixels: Float32Array.from(atob(pixels), (letter) => letter.charCodeAt(0) / 255),
}))
