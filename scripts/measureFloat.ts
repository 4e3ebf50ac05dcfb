import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Digit } from './mnist.ts'

/** How many digits a float model names correctly under onnxruntime. */
export type FloatAccuracy = { file: string; bytes: number; correct: number; samples: number }

/** Runs each model under onnxruntime (one thread, no telemetry) on the digits, as one batch. */
export async function measureFloat(files: string[], digits: Digit[]): Promise<FloatAccuracy[]> {
  process.env.ORT_DISABLE_TELEMETRY = '1' // read when the library loads, so before the import
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const images = Float32Array.from(digits.flatMap(({ pixels }) => Array.from(pixels)))
  const results: FloatAccuracy[] = []
  for (const file of files) {
    const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 })
    const { scores } = await session.run({ image: new Tensor('float32', images, [digits.length, 1, 28, 28]) })
    if (!(scores?.data instanceof Float32Array)) throw new TypeError(`${file} gives no float32 output "scores".`)
    const values = scores.data
    const correct = digits.filter(({ label }, index) => {
      const row = values.subarray(index * 10, index * 10 + 10)
      return row.indexOf(Math.max(...row)) === label
    }).length
    results.push({ file: basename(file), bytes: readFileSync(file).length, correct, samples: digits.length })
    await session.release()
  }
  return results
}

/** The accuracies as a table on standard output. */
export function printFloat(results: FloatAccuracy[]): void {
  console.log('model            bytes     right  of     accuracy')
  for (const { file, bytes, correct, samples } of results) {
    const share = `${((100 * correct) / samples).toFixed(1)} %`
    console.log(
      `${file.padEnd(16)} ${String(bytes).padEnd(9)} ${String(correct).padEnd(6)} ${String(samples).padEnd(6)} ${share}`,
    )
  }
}
