import type { GraphSignals } from '@assay/circuits/intervals'
import type { QuantizedModel } from '@assay/circuits/quantize'
import { countOf, type ManifestBody, type ManifestDraft } from './manifest.ts'

/** What the preparation of a model (circuits' prepareModel) found that its manifest says. */
export type DraftSource = {
  graphId: `0x${string}`
  quantized: Pick<QuantizedModel, 'inputScale' | 'inputGrid' | 'outputScale' | 'inputShape' | 'outputShape'>
  signals: GraphSignals
  setup: ManifestDraft['setup']
  constraints: number
  accuracy?: { samples: number; float: number; exact: number }
  /** as the manifest says it: the proving key's domain is no power of two */
  prover?: 'native'
}

/** What only the model's owner knows. */
export type DraftTerms = {
  name: string
  description?: string
  license?: string
  /** one for each output, in the model's order */
  labels?: string[]
  /** shape of the input, channels last, when the ONNX file says less than there is (784 for 28×28×1) */
  inputShape?: number[]
  /** whether a person sees the input as a picture */
  image?: boolean
  /** what a worker has to give the computation; generous for models that fit a circuit unless told */
  limits?: ManifestDraft['limits']
}

/** The given input shape has another number of elements than the model. */
export class InputShapeError extends Error {
  override readonly name = 'InputShapeError'

  constructor({ shape, needed }: { shape: number[]; needed: number }) {
    super(`The input shape ${shape.join('×')} has ${countOf(shape)} elements; the model takes ${needed}.`)
  }
}

/**
 * A model's manifest before its files have CIDs.
 * @throws InputShapeError
 */
export function draftManifest(source: DraftSource, terms: DraftTerms): ManifestDraft {
  return { ...draftWithoutSetup(source, terms), setup: source.setup }
}

/**
 * What a model's manifest says before anybody has set it up.
 * @throws InputShapeError
 */
export function draftWithoutSetup(source: Omit<DraftSource, 'setup'>, terms: DraftTerms): ManifestBody {
  const { quantized, signals } = source
  const [height, width, channels] = quantized.inputShape
  const ownShape = height === 1 && width === 1 ? [channels] : [height, width, channels]
  const shape = terms.inputShape ?? ownShape
  if (countOf(shape) !== signals.input.count) throw new InputShapeError({ shape, needed: signals.input.count })
  return {
    assay: 1,
    name: terms.name,
    description: terms.description ?? '',
    license: terms.license ?? 'UNLICENSED',
    graphId: source.graphId,
    input: {
      shape,
      width: signals.input.width,
      lo: signals.input.lo,
      bits: signals.input.bits,
      scale: quantized.inputScale,
      ...(quantized.inputGrid && { grid: quantized.inputGrid }),
      kind: terms.image ? 'image' : 'tensor',
    },
    output: {
      shape: quantized.outputShape,
      bits: signals.output.bits,
      scale: quantized.outputScale,
      kind: terms.labels === undefined ? 'tensor' : 'scores',
      ...(terms.labels === undefined ? {} : { labels: terms.labels }),
    },
    ...(source.accuracy === undefined ? {} : { accuracy: source.accuracy }),
    limits: terms.limits ?? { memoryMb: 2048, wallSeconds: 120 },
    constraints: source.constraints,
    ...(source.prover === undefined ? {} : { prover: source.prover }),
  }
}
