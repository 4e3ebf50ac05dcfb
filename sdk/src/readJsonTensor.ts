/** A JSON value is no tensor of numbers. */
export class TensorInvalidError extends Error {
  override readonly name = 'TensorInvalidError'

  constructor({ reason }: { reason: string }) {
    super(`The tensor ${reason}; write nested arrays of numbers, rows of equal length.`)
  }
}

/** A tensor with its shape, row by row. */
export type TensorValues = { shape: number[]; values: ArrayLike<number> }

/**
 * Reads a tensor from nested arrays of numbers.
 * @throws TensorInvalidError for anything but numbers, and for rows of unequal length
 */
export function readJsonTensor(json: unknown): TensorValues {
  const shape: number[] = []
  for (let level: unknown = json; Array.isArray(level); level = level[0]) shape.push(level.length)
  if (shape.length === 0 || shape.length > 8) throw new TensorInvalidError({ reason: 'is no array of at most 8 axes' })
  const values: number[] = []
  collect(json, { shape, axis: 0, values })
  return { shape, values }
}

function collect(json: unknown, { shape, axis, values }: { shape: number[]; axis: number; values: number[] }): void {
  if (axis === shape.length) {
    if (typeof json !== 'number') {
      const text = String(JSON.stringify(json)).slice(0, 40)
      throw new TensorInvalidError({ reason: `has ${text} where value ${values.length} is due` })
    }
    values.push(json)
    return
  }
  if (!Array.isArray(json) || json.length !== shape[axis]) {
    const length = Array.isArray(json) ? `${json.length} elements` : 'no array'
    throw new TensorInvalidError({ reason: `has ${length} on axis ${axis}, where the first has ${shape[axis]}` })
  }
  for (const element of json) collect(element, { shape, axis: axis + 1, values })
}
