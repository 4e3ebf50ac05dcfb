import { explainError } from '@assay/sdk/errors'
import { Command, CommanderError } from 'commander'
import { addBalanceCommands } from './balanceCommands.ts'
import { addDeploymentCommands } from './deploymentCommands.ts'
import { addJobCommands } from './jobCommands.ts'
import { addModelCommands } from './modelCommands.ts'
import { addAccountOptions } from './openAccount.ts'
import { clean } from './output.ts'
import { addStakeCommands } from './stakeCommands.ts'
import { addWorkerCommands } from './workerCommands.ts'

const exitFailed = 1
const exitUsage = 2
/** As the worker's own program: a supervisor must not start it again until its configuration or PIN was changed. */
const exitConfig = 78
const exitForced = 130
const sameSignalMs = 1000

/**
 * Runs the `assay` command line.
 * @returns the exit code: 0 done, 1 failed (one sentence on standard error says why), 2 wrong usage, 78 wrong configuration of a worker or a PIN that a token refused, 130 forced by a second signal
 */
export async function runCli(args: string[]): Promise<number> {
  const stop = new AbortController()
  let asked: number | undefined
  const onSignal = () => {
    // npm passes a terminal's Ctrl-C on although it arrived here too: what follows at once is the same signal.
    if (asked !== undefined && performance.now() - asked > sameSignalMs) process.exit(exitForced)
    asked ??= performance.now()
    stop.abort(new Error('Stopped.'))
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    await createProgram(stop.signal).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    // Commander has written its own sentence, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage
    const lines = isConfigError(error) ? error.message.split('\n') : [explainError(error)]
    process.stderr.write(`${lines.map(clean).join('\n')}\n`)
    return isConfigError(error) ? exitConfig : exitFailed
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

/** By name: the class comes with the daemon, which most commands never load. */
function isConfigError(error: unknown): error is Error {
  return (
    error instanceof Error && ['ConfigInvalidError', 'IsolationUnavailableError', 'TokenPinError'].includes(error.name)
  )
}

/** The whole command line; `signal` stops what runs. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('assay')
    .description('Publish models, request jobs, watch and verify them.')
    .option('--network <file>', 'network file', process.env.ASSAY_NETWORK ?? '.devnet/network.json')
    .option('--json', 'print one JSON document for machines')
    .showHelpAfterError('(add --help for what it takes)')
  addAccountOptions(program)
  addModelCommands(program, signal)
  addJobCommands(program, signal)
  addWorkerCommands(program, signal)
  addStakeCommands(program, signal)
  addBalanceCommands(program, signal)
  addDeploymentCommands(program, signal)
  throwInstead(program)
  return program
}

/** Makes commander throw where it would end the process, in every command. */
function throwInstead(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) throwInstead(child)
}
