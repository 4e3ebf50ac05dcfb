import type { Sample } from '@assay/circuits/checkModel'
import { type NpyArray, readNpy } from '@assay/sdk/readNpy'
import { FileUnreadableError, readFileLimited, readJson } from './readFiles.ts'
import { readNpz } from './readNpz.ts'

/** What files of values may be, for the help of commands. */
export const valuesHelp =
  'Values are taken as they are, as real numbers: a model for pixels of 0…1 needs pixels of 0…1. JSON holds arrays of numbers; .npy holds floats or integers; .npz holds `inputs` (or `x`) and `labels` (or `y`).'

const maxJsonBytes = 256 * 1024 * 1024

/**
 * Reads one input: all numbers of a JSON array, nested or not, or of a .npy file, row by row.
 * @throws FileUnreadableError, NpyError
 */
export function readInputValues(path: string): Float32Array {
  if (isNpy(path)) return Float32Array.from(readNpy(readFileLimited(path), path).values)
  return toValues(readJson(path, maxJsonBytes), path)
}

/**
 * Reads several inputs: a JSON array of arrays, a .npy file whose first axis counts the inputs, or a .npz file with such an array.
 * @throws FileUnreadableError, NpyError
 */
export function readInputs(path: string): Float32Array[] {
  if (isNpz(path)) return readArchive(path).map(({ values }) => values)
  if (isNpy(path)) return rowsOf(readNpy(readFileLimited(path), path), path)
  return toInputs(readJson(path, maxJsonBytes), path)
}

/**
 * Reads inputs with their true classes, or numbers: JSON `{ "inputs": [[…], …], "labels": [n, …] }`, or a .npz file with these
 * arrays, which may lack the labels.
 * @throws FileUnreadableError, NpyError
 */
export function readSamples(path: string): Sample[] {
  if (isNpz(path)) return readArchive(path)
  const json = readJson(path, maxJsonBytes)
  if (typeof json !== 'object' || json === null || !('inputs' in json) || !('labels' in json)) {
    throw new FileUnreadableError({
      path,
      reason: 'has no `inputs` and `labels`; write {"inputs": [[…]], "labels": [n]}',
    })
  }
  const labels: unknown = json.labels
  return withLabels(toInputs(json.inputs, path), { labels: Array.isArray(labels) ? labels : [], path })
}

function readArchive(path: string): Sample[] {
  const arrays = readNpz(readFileLimited(path), path)
  const named = (...names: string[]) => [...arrays].find(([name]) => names.includes(name.toLowerCase()))?.[1]
  const found = named('inputs', 'x')
  if (found === undefined) {
    throw new FileUnreadableError({
      path,
      reason: `holds ${[...arrays.keys()].join(', ') || 'nothing'}; save it with numpy.savez(…, inputs=…, labels=…)`,
    })
  }
  const inputs = rowsOf(found, path)
  const labels = named('labels', 'y')
  return labels === undefined
    ? inputs.map((values) => ({ values }))
    : withLabels(inputs, { labels: [...labels.values], path })
}

/** Rows along the first axis of two or more. */
function rowsOf({ shape, values }: NpyArray, path: string): Float32Array[] {
  const [count = 0] = shape
  if (shape.length < 2 || count === 0) {
    throw new FileUnreadableError({
      path,
      reason: `has the shape (${shape.join(', ')}); the first of two or more axes counts the inputs`,
    })
  }
  const size = values.length / count
  return Array.from({ length: count }, (_, index) =>
    Float32Array.from(values.subarray(index * size, (index + 1) * size)),
  )
}

function withLabels(inputs: Float32Array[], { labels, path }: { labels: unknown[]; path: string }): Sample[] {
  if (labels.length !== inputs.length) {
    throw new FileUnreadableError({
      path,
      reason: `has ${inputs.length} inputs and ${labels.length || 'no'} labels; give each input one`,
    })
  }
  return inputs.map((values, index) => {
    const label: unknown = labels[index]
    if (typeof label !== 'number' || !Number.isFinite(label)) {
      throw new FileUnreadableError({
        path,
        reason: `has the label ${String(label).slice(0, 40)}; labels are numbers; classes count from 0`,
      })
    }
    return { values, label }
  })
}

function isNpz(path: string): boolean {
  return path.toLowerCase().endsWith('.npz')
}

function isNpy(path: string): boolean {
  return path.toLowerCase().endsWith('.npy')
}

function toInputs(json: unknown, path: string): Float32Array[] {
  if (!Array.isArray(json) || json.length === 0 || !Array.isArray(json[0])) {
    throw new FileUnreadableError({ path, reason: 'is not an array of inputs; write [[…], […]]' })
  }
  return json.map((input) => toValues(input, path))
}

function toValues(json: unknown, path: string): Float32Array {
  if (!Array.isArray(json))
    throw new FileUnreadableError({ path, reason: 'is not an array of numbers; write [0, 0.5, 1]' })
  // Nested arrays are read row by row; no model's tensor has more axes than this.
  const flat: unknown[] = json.flat(8)
  const wrong = flat.findIndex((value) => typeof value !== 'number')
  if (wrong >= 0) {
    throw new FileUnreadableError({
      path,
      reason: `has ${String(JSON.stringify(flat[wrong])).slice(0, 40)} at value ${wrong}; every value has to be a number`,
    })
  }
  return Float32Array.from(flat, Number)
}
