import { Message } from './Message'

/** The whole page's failure: what is missing, what to type, and a way to try again. */
export function NetworkProblem({ error, retrying, onRetry }: { error: Error; retrying: boolean; onRetry: () => void }) {
  return (
    <section role="alert" className="sheet mx-auto grid max-w-xl gap-4 p-6 sm:p-8">
      <h2 className="font-semibold text-xl tracking-tight">The market cannot be reached</h2>
      <p className="text-quiet leading-relaxed [overflow-wrap:anywhere]">
        <Message text={error.message} />
      </p>
      <pre className="figures overflow-x-auto rounded-md bg-stone px-4 py-3 text-sm text-streak outline outline-stone-line -outline-offset-1">
        npm start
      </pre>
      <button type="button" className="button-main justify-self-start" onClick={onRetry} disabled={retrying}>
        {retrying ? 'Trying…' : 'Try again'}
      </button>
    </section>
  )
}
