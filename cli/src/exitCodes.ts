/** Codes with which the command line ends, and what each means. Source of those from 64 on: sysexits(3). */
export const exitMeanings = {
  0: 'done',
  1: 'failed; one sentence on standard error says why, and what to do',
  2: 'wrong usage: an unknown command or option, or a value that an option does not take',
  69: 'a worker cannot be reached (`worker status`)',
  75: 'a worker is not ready (`worker status`)',
  78: "a worker's configuration or the file of defaults is wrong, the sandbox is weaker than demanded, or a token refused its PIN; a supervisor must not start it again unchanged",
  130: 'forced by a second signal',
} as const

/** One of {@link exitMeanings}. */
export type ExitCode = keyof typeof exitMeanings

/** Other codes than 1, by the error's name: its class comes with the daemon, which most commands never load. */
const codesByError: Record<string, ExitCode> = {
  WorkerUnreachableError: 69,
  WorkerNotReadyError: 75,
  // As the worker's own program: a supervisor must not start it again until its configuration or PIN was changed.
  ConfigInvalidError: 78,
  DefaultsInvalidError: 78,
  IsolationUnavailableError: 78,
  TokenPinError: 78,
}

/** The code that an error ends the program with, where it is another than 1. */
export function exitCodeOf(error: unknown): ExitCode | undefined {
  return error instanceof Error ? codesByError[error.name] : undefined
}
