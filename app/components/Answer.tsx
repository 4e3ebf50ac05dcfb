import type { DecodedOutput } from '@assay/sdk/decodeOutput'
import type { ReactNode } from 'react'
import type { AnswerMark } from '../answerMark'
import { shortText } from '../shortText'
import { ScoreChart } from './ScoreChart'
import { ValueTable } from './ValueTable'

/** `question` is the image beside the answer, where the model takes one. */
type AnswerProps = { question?: ReactNode; output: DecodedOutput; mark: AnswerMark }

/** The question beside its answer, with the mark of what stands behind it, and the scores. */
export function Answer({ question, output, mark }: AnswerProps) {
  const { scores, top } = output
  if (!scores || !top) {
    return (
      <div className="relative grid gap-6 pt-6">
        {question}
        <Hallmark mark={mark} />
        <ValueTable label="The answer’s values" values={output.reals} />
      </div>
    )
  }
  return (
    <div className="grid gap-6">
      <div
        className={`relative grid items-center gap-4 rounded-md bg-ground p-4 sm:p-6 ${question ? 'grid-cols-2' : 'justify-items-center pt-8'}`}
      >
        {question}
        <div className="grid min-w-0 justify-items-center gap-2">
          <TopLabel label={top.label} />
          <p className="text-quiet text-sm">Answer</p>
        </div>
        <Hallmark mark={mark} />
      </div>
      <ScoreChart scores={scores} top={top} />
    </div>
  )
}

/** A digit or letter fills its square; a word is as large as fits. */
function TopLabel({ label }: { label: string }) {
  const shown = shortText(label, 60)
  const look = shown.length <= 2 ? 'aspect-square max-w-36 text-[7.5rem] tracking-tighter' : 'py-6 text-2xl sm:text-3xl'
  return (
    <p
      data-answer={label}
      className={`grid w-full animate-arrive place-items-center text-balance text-center font-semibold leading-none [overflow-wrap:anywhere] ${look}`}
    >
      <span className="sr-only">The answer is </span>
      {shown}
    </p>
  )
}

const looks = {
  proved: 'border-proved text-proved',
  waiting: 'border-brass text-brass',
  failed: 'border-failed text-failed',
  plain: 'border-edge text-quiet',
} as const

/** The mark that an assay office would strike, or why there is none yet. */
function Hallmark({ mark }: { mark: AnswerMark }) {
  return (
    <p
      data-mark={mark.kind}
      className={`absolute -top-3 right-3 animate-stamp rounded-sm border-2 bg-sheet px-2.5 py-1 font-semibold text-sm ${looks[mark.kind]}`}
    >
      {mark.text}
      {mark.block !== undefined && <span className="figures font-medium"> · block {mark.block.toString()}</span>}
    </p>
  )
}
