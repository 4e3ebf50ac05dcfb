import { countOf } from './manifest.ts'
import { readCsvRow } from './readCsvRow.ts'
import { decodeImage, type ImageOptions, imageValues, type RgbaImage } from './readImage.ts'
import { readJsonTensor, type TensorValues } from './readJsonTensor.ts'
import { readNpy } from './readNpy.ts'

/**
 * Where a model's real values come from: the values themselves (row by row, channels last), a PNG or JPEG file or pixels, a row of a CSV
 * text (the first unless told), the bytes of a .npy file, or a JSON value of nested arrays.
 */
export type InputSource =
  | ArrayLike<number>
  | ({ image: Uint8Array | RgbaImage } & ImageOptions)
  | { csv: string; row?: number }
  | { npy: Uint8Array }
  | { json: unknown }

/** A tensor has as many values as the model takes, on other axes. */
export class TensorShapeError extends Error {
  override readonly name = 'TensorShapeError'
  readonly actual: readonly number[]

  constructor({ actual, needed }: { actual: readonly number[]; needed: readonly number[] }) {
    super(
      `The tensor has the shape (${actual.join(', ')}) and the model takes (${needed.join(', ')}), channels last; transpose it.`,
    )
    this.actual = actual
  }
}

/**
 * The real values of a model's input, in its layout. Axes of one element count as none, and a flat array is taken as it is.
 * @throws ImageInvalidError, ImageSizeError, CsvInvalidError, NpyError, TensorInvalidError, TensorShapeError
 */
export async function readInput(source: InputSource, shape: number[]): Promise<ArrayLike<number>> {
  if ('image' in source) {
    const { image, ...options } = source
    const decoded = image instanceof Uint8Array ? await decodeImage(image) : image
    return imageValues(decoded, { ...options, shape })
  }
  if ('csv' in source) return readCsvRow(source.csv, source.row)
  if ('npy' in source) return valuesOf(readNpy(source.npy, 'input'), shape)
  if ('json' in source) return valuesOf(readJsonTensor(source.json), shape)
  return source
}

function valuesOf({ shape: actual, values }: TensorValues, needed: number[]): ArrayLike<number> {
  const [own, model] = [actual, needed].map((axes) => axes.filter((size) => size !== 1).join())
  // Another number of values is told with that number, where they are encoded.
  const comparable = actual.length > 1 && values.length === countOf(needed)
  if (comparable && own !== model && own !== String(countOf(needed))) throw new TensorShapeError({ actual, needed })
  return values
}
