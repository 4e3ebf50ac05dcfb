import type { Model } from '@assay/sdk/getModel'
import { countOf, type Manifest } from '@assay/sdk/manifest'
import { formatEther } from 'viem'
import { accuracyText } from './modelReport.ts'

/** What registry and manifest say of a model, for a person. */
export function modelFacts(model: Model, manifest: Manifest): [string, string][] {
  return [
    ['model', model.modelId],
    ['name', manifest.name],
    ['license', manifest.license],
    ['owner', model.owner],
    ['input', `${manifest.input.shape.join('×')} (${manifest.input.kind}), ${manifest.input.bits} bits`],
    ['output', manifest.output.labels?.join(', ') ?? `${countOf(manifest.output.shape)} values`],
    ['accuracy', manifest.accuracy === undefined ? 'not stated' : accuracyText(manifest.accuracy)],
    ['setup', setupOf(model)],
    ['floor price', `${formatEther(model.floorPrice)} ETH`],
    ['royalty', `${model.royaltyBps / 100} %`],
    ['manifest', model.manifestCid],
  ]
}

/** A setup in a word, with its number of contributions. */
export function setupOf({ setup }: Model): string {
  return setup.kind === 'ceremony' ? `ceremony (${setup.contributions})` : setup.kind
}
