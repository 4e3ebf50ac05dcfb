import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino'

/** Part of the daemon that writes a line. */
export type Service = 'worker' | 'chain' | 'content' | 'inference' | 'prover' | 'http'

/** A logger of JSON lines; give it objects with `msg`. */
export type WorkerLogger = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'child'>

/** Makes the daemon's logger: one JSON object a line, with `service`; errors with the chain of their causes. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service: 'worker' satisfies Service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: stdSerializers.errWithCause },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}
