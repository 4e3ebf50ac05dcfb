import { ConfigInvalidError, type SettingValues, valueAt } from './config.ts'
import { type Setting, settings } from './configSettings.ts'

/**
 * A configuration as environment variables, one `NAME=value` a line, for shells, systemd's `EnvironmentFile=` and `node --env-file`.
 * Read beside an empty YAML file they give the same configuration again. Sections that are off have no line.
 * @throws ConfigInvalidError with one line for each value that a variable cannot hold
 */
export function configEnvironment(values: SettingValues): string {
  const wrong: string[] = []
  const lines = settings.flatMap((setting) => {
    const value = valueAt(values, setting.path)
    if (value === undefined) return []
    const text = Array.isArray(value) ? value.join(',') : String(value)
    const reason = reasonAgainst(text, value)
    if (reason !== undefined) wrong.push(lineOf(setting, reason))
    return [`${setting.environment}=${quoted(text)}`]
  })
  if (wrong.length > 0) throw new ConfigInvalidError(wrong)
  return lines.join('\n')
}

function reasonAgainst(text: string, value: unknown): string | undefined {
  if (Array.isArray(value) && value.some((item) => String(item).includes(','))) return 'a comma inside one of a list'
  return /['\r\n]/.test(text) ? 'a quotation mark or a line break' : undefined
}

function lineOf({ key }: Setting, reason: string): string {
  return `${key}: has ${reason}, which no variable can hold; write it otherwise, or keep the setting in the file.`
}

/** Single quotes mean the same to all readers; a value without special characters needs none. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]*$/.test(text) ? text : `'${text}'`
}
