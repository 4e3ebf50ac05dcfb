import type { Model } from '@assay/sdk/getModel'
import type { Manifest } from '@assay/sdk/manifest'
import type { ReactNode } from 'react'
import { formatCount } from '../formatCount'
import { formatBound } from '../formatReal'
import { rangeOf } from '../inputRange'
import { shortText } from '../shortText'
import { CopyHex } from './CopyHex'

const files = { onnx: 'ONNX model', graph: 'Exact graph', zkey: 'Proving key' } as const

/** All that a manifest says, as a person reads it. */
export function ManifestTable({ model, manifest }: { model: Model; manifest: Manifest }) {
  const { input, output, accuracy, limits } = manifest
  const { least, most } = rangeOf(input, 0)
  return (
    <dl className="grid text-sm sm:grid-cols-2 sm:gap-x-8">
      <Row name="Takes">
        {input.kind === 'image' ? 'an image' : 'values'}, {input.shape.join(' × ')}, {input.bits} bits each
        {!input.grid && `, from ${formatBound(least)} to ${formatBound(most)}`}
      </Row>
      <Row name="Gives">
        {output.kind === 'scores' ? 'a score for each label' : 'values'}, {output.shape.join(' × ')}
      </Row>
      {output.labels && (
        <Row name="Labels">
          {output.labels
            .slice(0, 12)
            .map((label) => shortText(label, 24))
            .join(', ')}
          {output.labels.length > 12 && ` and ${output.labels.length - 12} more`}
        </Row>
      )}
      <Row name="Accuracy">
        {accuracy
          ? `${percent(accuracy.exact)} as published, ${percent(accuracy.float)} before it was made exact, on ${formatCount(accuracy.samples)} samples of its owner`
          : 'its owner published no measurement'}
      </Row>
      <Row name="Equations proved">{formatCount(manifest.constraints)}</Row>
      <Row name="A worker needs">
        {limits.memoryMb} MB and at most {limits.wallSeconds} s
      </Row>
      {Object.entries(files).map(([key, name]) => {
        // The entries are those of the constant above.
        const file = manifest.files[key as keyof typeof files]
        return (
          <Row key={key} name={name}>
            {size(file.bytes)} <CopyHex hex={file.cid} what={`content id of the ${name}`} />
          </Row>
        )
      })}
      <Row name="Manifest">
        <CopyHex hex={model.manifestCid} what="content id of the manifest" />
      </Row>
      <Row name="Graph">
        <CopyHex hex={model.graphId} what="graph id" />
      </Row>
      <Row name="Setup’s transcript">
        <CopyHex hex={model.setup.transcriptHash} what="transcript hash" />
      </Row>
      <Row name="Licence">{shortText(manifest.license, 60)}</Row>
    </dl>
  )
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[8.5rem_1fr] gap-3 border-line border-b py-2">
      <dt className="text-quiet">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  )
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`

function size(bytes: number): string {
  return bytes < 1000
    ? `${bytes} bytes`
    : bytes < 1e6
      ? `${(bytes / 1000).toFixed(0)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`
}
