'use client'
import { decodeOutput } from '@assay/sdk/decodeOutput'
import type { Model } from '@assay/sdk/getModel'
import type { ManifestOutput } from '@assay/sdk/manifest'
import type { JobOrder } from '@assay/sdk/order'
import { useRecompute } from '../hooks/useRecompute'
import { shortText } from '../shortText'
import { Button } from './Button'
import { Problem } from './Problem'

type RecomputePanelProps = {
  model: Model
  order: JobOrder
  /** What the worker answered, as its packed words. */
  answered: readonly bigint[]
  output: ManifestOutput
}

/** Runs the model here and compares: how to find out whether an answer without a proof is right, before putting up a bond. */
export function RecomputePanel({ model, order, answered, output }: RecomputePanelProps) {
  const { data, error, isPending, mutate } = useRecompute({ model, order })
  const isSame = data && data.words.length === answered.length && data.words.every((word, at) => word === answered[at])
  return (
    <section aria-labelledby="recompute-title" className="grid gap-4">
      <div>
        <h3 id="recompute-title" className="font-semibold">
          Is this answer right?
        </h3>
        <p className="mt-1 max-w-[62ch] text-quiet text-sm leading-relaxed">
          It came without a proof. The model is exact, so it has one answer on every machine: your browser can run it on
          the same question and compare.
        </p>
      </div>
      <Button pending={isPending ? 'Running the model…' : undefined} onClick={() => mutate()}>
        {data ? 'Run it again' : 'Run the model in this browser'}
      </Button>
      {error && <Problem what="The model could not be run." error={error} />}
      <div role="status">
        {data && (
          <p
            data-recomputed={isSame ? 'same' : 'different'}
            className={`animate-arrive rounded-md border px-3.5 py-3 font-medium text-sm leading-normal ${isSame ? 'border-proved bg-proved-wash text-proved' : 'border-failed bg-failed-wash text-failed'}`}
          >
            {isSame
              ? 'The same, bit for bit: this is the model’s answer to this question.'
              : `Another answer: the worker’s is not the model’s.${topText(output, data.words)}`}
          </p>
        )}
      </div>
    </section>
  )
}

function topText(output: ManifestOutput, words: readonly bigint[]): string {
  try {
    const { top } = decodeOutput(output, words)
    return top ? ` The model says ${shortText(top.label, 40)}, with a score of ${top.score.toFixed(2)}.` : ''
  } catch {
    // A long answer's words are a fingerprint of it, which says no more than that it differs.
    return ''
  }
}
