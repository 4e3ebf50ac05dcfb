'use client'
import { useQuery } from '@tanstack/react-query'
import { Message } from './Message'
import { Notice } from './Notice'

/**
 * What went wrong, in one sentence with what to do next, after what could not be done (`what`, a sentence); and a way to try again.
 * The sentences for all that the contracts refuse are loaded with the first problem.
 */
export function Problem({ what, error, onRetry }: { what?: string; error: unknown; onRetry?: () => void }) {
  const { data: explain, isError } = useQuery({
    queryKey: ['explainError'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => (await import('../explainError')).explainError,
  })
  if (!explain && !isError) return null
  const fallback = isError && error instanceof Error ? error.message.split('\n')[0] : ''
  return (
    <Notice kind="failed">
      {what && `${what} `}
      <Message text={explain ? explain(error) : (fallback ?? '')} />
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
