import { explainError } from '@assay/sdk/errors'
import { Command, CommanderError, Option } from 'commander'
import { urlArgument } from './arguments.ts'
import { addBalanceCommands } from './balanceCommands.ts'
import { addCompletionCommand } from './completionCommand.ts'
import { addConfigCommands } from './configCommands.ts'
import { applyDefaults, defaultsPath } from './defaultsFile.ts'
import { addDeploymentCommands } from './deploymentCommands.ts'
import { addDoctorCommand } from './doctorCommand.ts'
import { type ExitCode, exitCodeOf } from './exitCodes.ts'
import { addJobCommands } from './jobCommands.ts'
import { addModelCommands } from './modelCommands.ts'
import { addAccountOptions } from './openAccount.ts'
import { addOrderCommands } from './orderCommands.ts'
import { clean } from './output.ts'
import { addStakeCommands } from './stakeCommands.ts'
import { addWorkerCommands } from './workerCommands.ts'

const exitFailed = 1 satisfies ExitCode
const exitUsage = 2 satisfies ExitCode
const exitForced = 130 satisfies ExitCode
const sameSignalMs = 1000

/**
 * Runs the `assay` command line.
 * @returns the exit code, one of `exitMeanings`
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
    const { code, text } = endOf(error)
    process.stderr.write(`${text.split('\n').map(clean).join('\n')}\n`)
    return code
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function endOf(error: unknown): { code: number; text: string } {
  const code = exitCodeOf(error)
  return error instanceof Error && code !== undefined
    ? { code, text: error.message }
    : { code: exitFailed, text: explainError(error) }
}

/** The whole command line; `signal` stops what runs. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('assay')
    .description('Publish models, request jobs, watch and verify them.')
    .addOption(new Option('--network <file>', 'network file').env('ASSAY_NETWORK').default('.devnet/network.json'))
    .addOption(
      new Option('--rpc <url>', "the chain's endpoint, instead of the network file's")
        .argParser(urlArgument)
        .env('ASSAY_RPC'),
    )
    .addOption(
      new Option('--ipfs <url>', "the content service's API, instead of the network file's")
        .argParser(urlArgument)
        .env('ASSAY_IPFS'),
    )
    .addOption(
      new Option('--gateway <url>', "the content gateway, instead of the network file's")
        .argParser(urlArgument)
        .env('ASSAY_GATEWAY'),
    )
    .option('--json', 'print one JSON document for machines')
    .showHelpAfterError('(add --help for what it takes)')
  addAccountOptions(program)
  program.hook('preAction', (_program, { parent }) => {
    // Those commands read the file themselves, and put right what is wrong with it.
    if (parent?.name() !== 'config') applyDefaults(program, defaultsPath())
  })
  addModelCommands(program, signal)
  addJobCommands(program, signal)
  addOrderCommands(program, signal)
  addWorkerCommands(program, signal)
  addConfigCommands(program, signal)
  addStakeCommands(program, signal)
  addBalanceCommands(program, signal)
  addDeploymentCommands(program, signal)
  addDoctorCommand(program, signal)
  addCompletionCommand(program)
  throwInstead(program)
  return program
}

/** Makes commander throw where it would end the process, in every command. */
function throwInstead(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) throwInstead(child)
}
