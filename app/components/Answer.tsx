import type { DecodedOutput } from '@assay/sdk/decodeOutput'
import type { ReactNode } from 'react'
import { shortText } from '../shortText'
import { ScoreChart } from './ScoreChart'

type AnswerProps = { question: ReactNode; output: DecodedOutput; block: bigint | undefined }

/** The question beside its answer, with the proof's mark, and the scores behind it. */
export function Answer({ question, output, block }: AnswerProps) {
  const { scores, top } = output
  if (!scores || !top)
    return <p className="figures text-sm [overflow-wrap:anywhere]">{output.reals.slice(0, 64).join(', ')}</p>

  return (
    <div className="grid gap-6">
      <div className="relative grid grid-cols-2 items-center gap-4 rounded-md bg-ground p-4 sm:p-6">
        {question}
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
