import { hrefOf, routeOf } from '../routes'
import { answerKinds, type ProverAnswer, type ProverTask } from './tasks'

// Each thread has memory of its own, and the page wants a processor too.
const mostThreads = 4
// Below, starting threads takes longer than they save (docs/app.md).
const leastThreadedBytes = 1_000_000

/** The prover's program ended without a result. */
export class BrowserProverError extends Error {
  override readonly name = 'BrowserProverError'
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(`This browser could not do it: ${reason.replace(/\.$/, '')}. Try again, or use the command line.`, options)
    this.reason = reason
  }
}

/** Threads that the prover's program is to start for a proving key: the machine's processors, four at most, and one for a small key. */
export function proverThreads(keyBytes: number): number {
  if (keyBytes < leastThreadedBytes) return 1
  return Math.max(1, Math.min(navigator.hardwareConcurrency || 1, mostThreads))
}

type Watch = { onStarted?: (threads: number) => void; onSaid?: (text: string) => void; signal: AbortSignal }

/**
 * Runs one task of snarkjs in a worker that ends with it, so that its memory and whatever secret it drew are gone.
 * @param watch.onSaid told what snarkjs says on its way
 * @throws {@link BrowserProverError}, or the signal's reason
 */
export async function runProver<Kind extends ProverTask['kind']>(
  task: Extract<ProverTask, { kind: Kind }>,
  { onStarted, onSaid, signal }: Watch,
): Promise<Extract<ProverAnswer, { kind: (typeof answerKinds)[Kind] }>> {
  signal.throwIfAborted()
  const root = new URL(hrefOf(routeOf(window.location.pathname), { to: '/' }), window.location.href)
  const worker = new Worker(new URL('prover/program.js', root))
  try {
    return await new Promise((resolve, reject) => {
      const wanted = answerKinds[task.kind]
      worker.onmessage = ({ data: answer }: MessageEvent<ProverAnswer>) => {
        if (answer.kind === 'started') onStarted?.(answer.threads)
        else if (answer.kind === 'said') onSaid?.(answer.text)
        else if (answer.kind === 'failed') reject(new BrowserProverError(answer.reason))
        // The program answers a task with its own result.
        else if (answer.kind === wanted) resolve(answer as never)
      }
      worker.onerror = ({ message }) => reject(new BrowserProverError(message || 'its program could not be loaded'))
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      worker.postMessage(task)
    })
  } finally {
    worker.terminate()
  }
}
