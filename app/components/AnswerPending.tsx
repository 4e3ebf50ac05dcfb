import type { ReactNode } from 'react'

/** Stands where the answer will be, or says why there is none. */
export function AnswerPending({ question, ended }: { question?: ReactNode; ended: boolean }) {
  return (
    <div className={`grid items-center gap-4 rounded-md bg-ground p-4 sm:p-6 ${question ? 'grid-cols-2' : ''}`}>
      {question}
      <p className="text-center text-quiet text-sm leading-relaxed">
        {ended
          ? 'This job ended without an answer, and nobody was paid for it.'
          : 'The answer appears here as soon as a worker has handed it in.'}
      </p>
    </div>
  )
}
