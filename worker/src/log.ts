import { type DestinationStream, type Logger, pino } from 'pino'
import { redactUrls } from './redactUrls.ts'

/** Part of the daemon that writes a line. */
export type Service = 'worker' | 'chain' | 'content' | 'inference' | 'prover' | 'http' | 'queue' | 'executor'

/** A logger of JSON lines; give it objects with `msg`. */
export type WorkerLogger = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'child'>

/**
 * Makes the daemon's logger: one JSON object a line, with `service`; errors with the chain of their causes. Of URLs only protocol and host
 * are written, whatever they stand in.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    // Not in `base`: a child's own service would stand beside it in the line.
    mixin: (_line: object, _level: number, logger: Logger) =>
      'service' in logger.bindings() ? {} : { service: 'worker' satisfies Service },
    hooks: { streamWrite: redactUrls },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown) => shownError(error) },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** What a line shows of an error. */
type ShownError = { name: string; message: string; stack?: string; cause?: ShownError }

const maxCauses = 5

/** An error with its causes: names, first paragraphs of the messages, and one stack. Libraries hang whole requests on their errors. */
function shownError(error: unknown, depth = 0): ShownError {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error).slice(0, 500) }
  const message = (error.message.split('\n\n')[0] ?? '').slice(0, 500)
  const stack = error.stack?.slice(error.stack.indexOf('\n    at ') + 1).slice(0, 2000)
  return {
    name: error.name,
    message,
    ...(depth === 0 && stack !== undefined && { stack }),
    ...(error.cause !== undefined && depth < maxCauses && { cause: shownError(error.cause, depth + 1) }),
  }
}
