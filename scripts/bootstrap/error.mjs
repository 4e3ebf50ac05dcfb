/** The set-up cannot go on. The message is one sentence for the person at the terminal: what is missing, and what to do. */
export class BootstrapError extends Error {
  name = 'BootstrapError'
}
