'use client'
import { explainError } from '../explainError'
import { Message } from './Message'
import { Notice } from './Notice'

/** What went wrong, in one sentence with what to do next, after what could not be done (`what`, a sentence); and a way to try again. */
export function Problem({ what, error, onRetry }: { what?: string; error: unknown; onRetry?: () => void }) {
  return (
    <Notice kind="failed">
      {what && `${what} `}
      <Message text={explainError(error)} />
      {onRetry && (
        <>
          {' '}
          <button type="button" className="font-medium underline underline-offset-4" onClick={onRetry}>
            Try again
          </button>
        </>
      )}
    </Notice>
  )
}
