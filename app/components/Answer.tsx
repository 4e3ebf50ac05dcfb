import type { DecodedOutput } from '@assay/sdk/decodeOutput'
import { shortText } from '../shortText'
import { DigitPreview } from './DigitPreview'
import { ScoreChart } from './ScoreChart'

/** The question beside its answer, with the proof's mark, and the scores behind it. `input` is missing until its bytes arrived. */
export function Answer({
  input,
  output,
  block,
}: {
  input: Float32Array | undefined
  output: DecodedOutput
  block: bigint | undefined
}) {
  const { scores, top } = output
  if (!scores || !top)
    return <p className="figures text-sm [overflow-wrap:anywhere]">{output.reals.slice(0, 64).join(', ')}</p>

  return (
    <div className="grid gap-6">
      <div className="relative grid grid-cols-2 items-center gap-4 rounded-md bg-ground p-4 sm:p-6">
        <figure className="grid justify-items-center gap-2">
          {input ? (
            <DigitPreview pixels={input} label="The image that was asked about" className="w-full max-w-36" />
          ) : (
            <span className="block aspect-square w-full max-w-36 animate-waiting rounded-sm bg-sunken" />
          )}
          <figcaption className="text-quiet text-sm">Question</figcaption>
        </figure>
        <div className="grid justify-items-center gap-2">
          <p
            data-answer={top.label}
            className="grid aspect-square w-full max-w-36 animate-arrive place-items-center font-semibold text-[7.5rem] leading-none tracking-tighter"
          >
            <span className="sr-only">The answer is </span>
            {shortText(top.label, 3)}
          </p>
          <p className="text-quiet text-sm">Answer</p>
        </div>
        <Hallmark block={block} />
      </div>
      <ScoreChart scores={scores} top={top} />
    </div>
  )
}

/** The mark that an assay office would strike: the contract accepted the proof in this block. */
function Hallmark({ block }: { block: bigint | undefined }) {
  return (
    <p className="absolute -top-3 right-3 animate-stamp rounded-sm border-2 border-proved bg-sheet px-2.5 py-1 font-semibold text-proved text-sm">
      Proof accepted{block !== undefined && <span className="figures font-medium"> · block {block.toString()}</span>}
    </p>
  )
}
