import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** A model of the zoo as test/fixtures/zoo/zoo.json describes it. */
export type ZooEntry = {
  name: string
  /** relative to test/fixtures/zoo */
  file: string
  task: 'classification' | 'regression' | 'reconstruction'
  about: string
  /** the ONNX operators in the file */
  operators: string[]
  inputType: 'float32' | 'int64'
  inputShape: number[]
  /** the output that is measured: scores or labels of a classifier, else real numbers */
  output: string
  data: ZooData
  /** share of right answers under onnxruntime, of a classifier */
  floatAccuracy?: number
  /** mean squared error under onnxruntime, of any other model */
  floatError?: number
  /** bits of an input element at which next to nothing is lost */
  inputBits: number
  script: string
  command: string
}

/** Inputs stored as whole numbers, real = stored / divisor; models may share a file. */
export type ZooData = {
  file: string
  about: string
  storedAs: 'uint8' | 'uint16'
  divisor: number
  /** of one input */
  elements: number
  calibration: number
  heldOut: number
  labelsAs: 'uint8' | 'float32'
}

/** A model with its data. Inputs are in the ONNX model's element order; `label` is a class or a real number. */
export type ZooModel = ZooEntry & {
  path: string
  onnx: Uint8Array
  calibration: Float32Array[]
  samples: { values: Float32Array; label: number }[]
}

/** There is no model of this name in the zoo. */
export class ZooModelUnknownError extends Error {
  override readonly name = 'ZooModelUnknownError'
  readonly model: string

  constructor({ model, known }: { model: string; known: string[] }) {
    super(`The zoo has no model "${model}"; choose from ${known.join(', ')}.`)
    this.model = model
  }
}

/** A data file of the zoo has another length than zoo.json says. */
export class ZooDataError extends Error {
  override readonly name = 'ZooDataError'
  readonly file: string

  constructor({ file, bytes, expected }: { file: string; bytes: number; expected: number }) {
    super(
      `${file} holds ${bytes} bytes instead of ${expected}; train its model again (see test/fixtures/zoo/README.md).`,
    )
    this.file = file
  }
}

const folder = new URL('../../test/fixtures/zoo/', import.meta.url)

/** The entries of all models, by name. */
export function listZoo(): ZooEntry[] {
  const { models }: { models: ZooEntry[] } = JSON.parse(readFileSync(new URL('zoo.json', folder), 'utf8'))
  return models
}

/**
 * One model of the zoo, its calibration inputs and its held-out samples.
 * @throws ZooModelUnknownError, ZooDataError
 */
export function loadZoo(name: string): ZooModel {
  const entries = listZoo()
  const entry = entries.find((one) => one.name === name)
  if (entry === undefined) throw new ZooModelUnknownError({ model: name, known: entries.map((one) => one.name) })
  const file = new URL(entry.file, folder)
  return { ...entry, path: fileURLToPath(file), onnx: readFileSync(file), ...readData(entry.data) }
}

function readData(data: ZooData): Pick<ZooModel, 'calibration' | 'samples'> {
  const { storedAs, elements, calibration, heldOut, labelsAs, divisor } = data
  const content = gunzipSync(readFileSync(new URL(data.file, folder)))
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const width = storedAs === 'uint8' ? 1 : 2
  const labelWidth = labelsAs === 'uint8' ? 1 : 4
  const labelsStart = (calibration + heldOut) * elements * width
  const expected = labelsStart + heldOut * labelWidth
  if (content.length !== expected) throw new ZooDataError({ file: data.file, bytes: content.length, expected })
  const inputAt = (row: number) =>
    Float32Array.from({ length: elements }, (_, column) => {
      const at = (row * elements + column) * width
      return (width === 1 ? view.getUint8(at) : view.getUint16(at, true)) / divisor
    })
  const labelAt = (row: number) => {
    const at = labelsStart + row * labelWidth
    return labelWidth === 1 ? view.getUint8(at) : view.getFloat32(at, true)
  }
  return {
    calibration: Array.from({ length: calibration }, (_, row) => inputAt(row)),
    samples: Array.from({ length: heldOut }, (_, row) => ({
      values: inputAt(calibration + row),
      label: labelAt(row),
    })),
  }
}
