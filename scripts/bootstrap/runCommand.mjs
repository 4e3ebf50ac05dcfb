import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { BootstrapError } from './error.mjs'

/**
 * Runs a command with this terminal, passes signals on to it, and waits for its end.
 * @param {{ command: string, args: string[], env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} its exit code; 128 + the signal's number where a signal ended it
 */
export function runCommand({ command, args, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: 'inherit' })
    const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal)
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, pass)
    child.on('error', (error) =>
      reject(new BootstrapError(`Cannot run \`${command}\` (${error.message}): check the command's name.`)),
    )
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}
