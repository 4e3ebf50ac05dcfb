import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type Command, InvalidArgumentError, type Option } from 'commander'
import * as z from 'zod/v4/mini'

/** The file of defaults is not one, or says what no option takes. */
export class DefaultsInvalidError extends Error {
  override readonly name = 'DefaultsInvalidError'
  readonly path: string

  constructor({ path, fact, cause }: { path: string; fact: string; cause?: unknown }) {
    super(`The defaults in ${path} are wrong, as ${fact}; correct the file, or use assay config unset.`, { cause })
    this.path = path
  }
}

/** Defaults by the names of options, as text; see {@link settableOptions}. */
export type Defaults = Record<string, string>

const fileSchema = z.record(z.string().check(z.regex(/^[a-z0-9-]{1,40}$/)), z.string().check(z.maxLength(4096)))

/** Where a user's defaults lie (XDG Base Directory Specification 0.8). */
export function defaultsPath(environment: NodeJS.Dict<string> = process.env): string {
  const base = environment.XDG_CONFIG_HOME
  // By that specification a relative path does not count.
  return join(base?.startsWith('/') ? base : join(homedir(), '.config'), 'assay', 'config.json')
}

/** The default path as help and docs show it. */
export const defaultsPathText = '$XDG_CONFIG_HOME/assay/config.json, or ~/.config/assay/config.json'

/** The options of the program that take a value, which is what can be kept. */
export function settableOptions(program: Command): Option[] {
  return program.options.filter(({ required }) => required)
}

/** Name of an option without dashes, under which its default is kept. */
export function settingName({ long }: Pick<Option, 'long'>): string {
  return long?.slice(2) ?? ''
}

/**
 * Reads a file of defaults; one that is not there holds none.
 * @throws DefaultsInvalidError when it is no JSON object of texts
 */
export function readDefaults(path: string): Defaults {
  const text = readIfThere(path)
  if (text === undefined) return {}
  try {
    return fileSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new DefaultsInvalidError({ path, fact: 'it is no JSON object of names and texts', cause })
  }
}

/** Writes the file whole or not at all, for its user alone. */
export function writeDefaults(path: string, defaults: Defaults): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${process.pid}.new`
  writeFileSync(fresh, `${JSON.stringify(defaults, null, 2)}\n`, { mode: 0o600 })
  renameSync(fresh, path)
}

/**
 * Gives each option of the program its default from the file, unless a flag or a variable of the environment gave it a value.
 * @throws DefaultsInvalidError for a name that is no option's, or a value that its option does not take
 */
export function applyDefaults(program: Command, path: string): void {
  for (const [name, text] of Object.entries(readDefaults(path))) {
    const option = settableOptions(program).find((one) => settingName(one) === name)
    if (option === undefined) throw new DefaultsInvalidError({ path, fact: `no option is called ${name}` })
    const attribute = option.attributeName()
    const source = program.getOptionValueSource(attribute)
    if (source !== undefined && source !== 'default') continue
    try {
      program.setOptionValueWithSource(attribute, parseSetting(option, text), 'config')
    } catch (cause) {
      if (!(cause instanceof InvalidArgumentError)) throw cause
      throw new DefaultsInvalidError({ path, fact: `${name} is ${JSON.stringify(text)}: ${cause.message}`, cause })
    }
  }
}

/** What an option makes of a text, as if it stood on the command line. */
export function parseSetting({ parseArg }: Option, text: string): unknown {
  return parseArg === undefined ? text : parseArg(text, undefined)
}

/** A path keeps its meaning wherever the command line is started. */
export function storedText({ flags }: Pick<Option, 'flags'>, text: string): string {
  return /<(file|path)>$/.test(flags) ? resolve(text) : text
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new DefaultsInvalidError({ path, fact: `it cannot be read (${code})`, cause })
  }
}
