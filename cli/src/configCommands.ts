import type { Command } from 'commander'
import { addDefaultsCommands } from './configDefaultsCommands.ts'
import { createContext } from './context.ts'

/** Adds `assay config …`. */
export function addConfigCommands(program: Command, signal: AbortSignal): void {
  const config = program
    .command('config')
    .description("keep defaults of this command line, and look at a worker's configuration without starting it")
  addDefaultsCommands(config, { program, signal })

  config
    .command('check')
    .argument('<file>', "the worker's configuration (YAML)")
    .description('say in one line for each wrong key what it takes; ends with 78 when there is one')
    .addHelpText('after', '\nExample: assay config check worker.yaml')
    .action(async (file: string, _options: object, command: Command) => {
      const { loadConfig } = await import('@assay/worker/config')
      const { network } = loadConfig(file, process.env)
      const { output } = createContext(command, signal)
      output.result({ file, valid: true, network: network.name }, `${file} is valid, for the network ${network.name}.`)
    })

  config
    .command('env')
    .argument('<file>', "the worker's configuration (YAML)")
    .description('print it as environment variables, which give the same configuration beside an empty file')
    .addHelpText('after', '\nExample: assay config env worker.yaml > worker.env')
    .action(async (file: string, _options: object, command: Command) => {
      const [{ readSettings }, { configEnvironment }] = await Promise.all([
        import('@assay/worker/config'),
        import('@assay/worker/configEnvironment'),
      ])
      const settings = readSettings(file, process.env)
      createContext(command, signal).output.result(settings, configEnvironment(settings))
    })
}
