import { Argument, type Command, InvalidArgumentError, type Option } from 'commander'
import { createContext } from './context.ts'
import {
  applyDefaults,
  defaultsPath,
  defaultsPathText,
  parseSetting,
  readDefaults,
  settableOptions,
  settingName,
  storedText,
  writeDefaults,
} from './defaultsFile.ts'
import { table } from './output.ts'

/** Nobody has said what a setting is to be. */
export class SettingUnsetError extends Error {
  override readonly name = 'SettingUnsetError'
  readonly setting: string

  constructor({ setting }: { setting: string }) {
    super(`${setting} has no value; keep one with assay config set ${setting} <value>.`)
    this.setting = setting
  }
}

/** Adds `assay config show|get|set|unset`: defaults of the command line's own options. */
export function addDefaultsCommands(
  config: Command,
  { program, signal }: { program: Command; signal: AbortSignal },
): void {
  const names = () => settableOptions(program).map(settingName)
  const optionOf = (name: string): Option => {
    const found = settableOptions(program).find((option) => settingName(option) === name)
    if (found === undefined) throw new InvalidArgumentError(`Settings are ${names().join(', ')}.`)
    return found
  }
  const nameArgument = () => new Argument('<setting>', 'name of an option, without dashes').argParser(optionOf)
  const effective = (option: Option) => {
    const attribute = option.attributeName()
    const value: unknown = program.getOptionValue(attribute)
    return { value, from: value === undefined ? undefined : from(program.getOptionValueSource(attribute)) }
  }

  config
    .command('show')
    .description('show what each option of the command line is, and where that comes from')
    .addHelpText(
      'after',
      `\nFlags count before the environment, and that before the file: ${defaultsPathText}.\nExample: assay config show`,
    )
    .action((_options: object, command: Command) => {
      const path = defaultsPath()
      applyDefaults(program, path)
      const settings = settableOptions(program).map((option) => ({
        setting: settingName(option),
        ...effective(option),
      }))
      const rows = settings.map(({ setting, value, from }) => [
        setting,
        value === undefined ? '' : String(value),
        from ?? '',
      ])
      const { output } = createContext(command, signal)
      output.result({ path, settings }, `${table(['SETTING', 'VALUE', 'FROM'], rows)}\n\nfile: ${path}`)
    })

  config
    .command('get')
    .addArgument(nameArgument())
    .description('print the value of one setting')
    .addHelpText('after', '\nExample: assay config get network')
    .action((option: Option, _options: object, command: Command) => {
      applyDefaults(program, defaultsPath())
      const setting = settingName(option)
      const { value, from } = effective(option)
      if (value === undefined) throw new SettingUnsetError({ setting })
      createContext(command, signal).output.result({ setting, value, from }, String(value))
    })

  config
    .command('set')
    .addArgument(nameArgument())
    .argument('<value>', 'what its option takes')
    .description('keep a value, which counts unless a flag or the environment says otherwise')
    .addHelpText('after', '\nExample: assay config set rpc http://127.0.0.1:8545')
    .action((option: Option, text: string, _options: object, command: Command) => {
      refuseWrong(command, { option, text })
      const path = defaultsPath()
      const setting = settingName(option)
      const value = storedText(option, text)
      writeDefaults(path, { ...readDefaults(path), [setting]: value })
      createContext(command, signal).output.result({ path, setting, value }, `${setting} is ${value} in ${path}`)
    })

  config
    .command('unset')
    .argument('<setting>', 'name in the file')
    .description('forget a value that was kept')
    .addHelpText('after', '\nExample: assay config unset rpc')
    .action((setting: string, _options: object, command: Command) => {
      const path = defaultsPath()
      const { [setting]: value, ...rest } = readDefaults(path)
      if (value === undefined) throw new SettingUnsetError({ setting })
      writeDefaults(path, rest)
      createContext(command, signal).output.result({ path, setting }, `${setting} is no longer in ${path}`)
    })
}

/** Says what the option takes, as commander does for the option itself. */
function refuseWrong(command: Command, { option, text }: { option: Option; text: string }): void {
  try {
    parseSetting(option, text)
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause
    command.error(`error: ${settingName(option)} does not take '${text}'. ${cause.message}`)
  }
}

function from(source: string | undefined): string {
  const names: Record<string, string> = { cli: 'flag', env: 'environment', config: 'file' }
  return names[source ?? ''] ?? 'default'
}
