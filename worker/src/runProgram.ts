import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigInvalidError } from './config.ts'
import { TokenPinError } from './pkcs11Errors.ts'
import { IsolationUnavailableError } from './sandbox/sandboxErrors.ts'

/** Exit code that tells a supervisor that starting again changes nothing. */
const configExitCode = 78

/**
 * Runs a program that goes on until it is told to stop, with `--config <file>` as its argument.
 * It ends the process: 0 stopped, 1 could not start, 78 the configuration is wrong or asks for more isolation than there is,
 * or a token refused its PIN, 130 forced to stop by a second signal.
 */
export async function runProgram<Config extends { dataDir: string }>({
  usage,
  load,
  start,
}: {
  usage: string
  load: (path: string, environment: Record<string, string | undefined>) => Config
  start: (config: Config) => Promise<{ stop: () => Promise<void>; done: Promise<void> }>
}): Promise<never> {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' } } })
    if (values.config === undefined) throw new ConfigInvalidError([usage])
    const config = load(values.config, process.env)
    // Provers write witnesses, which hold inputs, to temporary files: here nobody else reads them, and what a crash leaves is removed.
    const temporary = join(config.dataDir, 'tmp')
    rmSync(temporary, { recursive: true, force: true })
    mkdirSync(temporary, { recursive: true, mode: 0o700 })
    process.env.TMPDIR = temporary
    const running = await start(config)
    let asked = false
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (asked) process.exit(130)
        asked = true
        void running.stop()
      })
    }
    await running.done
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    // Kinds of failure that starting again cannot mend, and that it could make worse: tokens lock after a few wrong PINs.
    const isFinal = [ConfigInvalidError, IsolationUnavailableError, TokenPinError].some((kind) => error instanceof kind)
    process.exit(isFinal ? configExitCode : 1)
  }
}
