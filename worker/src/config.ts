import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Network, networkSchema } from '@assay/sdk/deployment'
import { parse } from 'yaml'
import { z } from 'zod'
import type { configSchema } from './configSchema.ts'
import { type ConfigKind, executorConfig, type Setting, settingAt, workerConfig } from './configSettings.ts'
import type { executorSchema } from './executorSchema.ts'

/** Every setting's value as file and environment give it. Paths are absolute. */
export type SettingValues = z.output<typeof configSchema>

/** What `startWorker` takes; docs/worker-config.md says what each key means. Paths are absolute. */
export type WorkerConfig = Omit<SettingValues, 'networkFile'> & { network: Network }

/** What `startExecutor` takes; docs/executor-config.md says what each key means. Paths are absolute. */
export type ExecutorConfig = z.output<typeof executorSchema>

/** The configuration is wrong; `lines` has one sentence for each key. */
export class ConfigInvalidError extends Error {
  override readonly name = 'ConfigInvalidError'
  readonly lines: string[]

  constructor(lines: string[], options?: ErrorOptions) {
    super(lines.join('\n'), options)
    this.lines = lines
  }
}

/** Environment variables by their names. */
type Environment = Record<string, string | undefined>

/**
 * Reads the worker's configuration: a YAML file, then the environment, which wins. `chain.pollMs` is ASSAY_WORKER_CHAIN_POLL_MS;
 * lists are written with commas. Relative paths in the file start at its folder, those in the environment at the current one.
 * @throws ConfigInvalidError with one line for each wrong key
 */
export function loadConfig(path: string, environment: Environment): WorkerConfig {
  const { networkFile, ...config } = readSettings(path, environment)
  return { ...config, network: readNetwork(networkFile) }
}

/**
 * Reads the settings as {@link loadConfig} does, and leaves the network file alone.
 * @throws ConfigInvalidError with one line for each wrong key
 */
export function readSettings(path: string, environment: Environment): SettingValues {
  return readConfig(workerConfig, { path, environment })
}

/**
 * Reads an executor's configuration, as {@link loadConfig} reads the worker's; variables begin with ASSAY_EXECUTOR_.
 * @throws ConfigInvalidError with one line for each wrong key
 */
export function loadExecutorConfig(path: string, environment: Environment): ExecutorConfig {
  return readConfig(executorConfig, { path, environment })
}

function readConfig<Schema extends z.ZodType>(
  kind: ConfigKind<Schema>,
  { path, environment }: { path: string; environment: Environment },
): z.output<Schema> {
  const folder = dirname(resolve(path))
  const values = resolvePaths(readYaml(path, kind), { folder, kind })
  const lines = applyEnvironment(values, { environment, kind })
  const parsed = kind.schema.safeParse(values)
  if (!parsed.success)
    lines.push(...parsed.error.issues.flatMap((issue) => linesOf(issue, { values, path, environment, kind })))
  if (!parsed.success || lines.length > 0) throw new ConfigInvalidError([...new Set(lines)])
  return parsed.data
}

function readYaml(path: string, { example }: ConfigKind): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigInvalidError([`The configuration file ${path} cannot be read; ${example} is an example.`], {
      cause,
    })
  }
  let values: unknown
  try {
    values = parse(text) ?? {}
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new ConfigInvalidError([`${path} is not YAML: ${reason}`], { cause })
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new ConfigInvalidError([`${path} holds no keys; ${example} is an example.`])
  }
  return { ...values }
}

function readNetwork(path: string): Network {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new ConfigInvalidError([`networkFile: ${path} cannot be read as JSON; a devnet (npm start) writes one.`], {
      cause,
    })
  }
  const parsed = networkSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new ConfigInvalidError(
    parsed.error.issues.map(
      ({ path: key, message }) =>
        `networkFile: ${key.join('.')} in ${path} is wrong (${message}); take the file as a devnet (npm start) or a deployment wrote it.`,
    ),
  )
}

function resolvePaths(
  values: Record<string, unknown>,
  { folder, kind }: { folder: string; kind: ConfigKind },
): Record<string, unknown> {
  for (const { path } of kind.settings.filter(({ key }) => kind.pathSettings.includes(key))) {
    const value = valueAt(values, path)
    if (typeof value === 'string' && value !== '') setAt(values, path, resolve(folder, value))
  }
  return values
}

function applyEnvironment(
  values: Record<string, unknown>,
  { environment, kind }: { environment: Environment; kind: ConfigKind },
): string[] {
  const lines: string[] = []
  const known = new Map(kind.settings.map((setting) => [setting.environment, setting]))
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(kind.environmentPrefix) || text === undefined) continue
    const setting = known.get(name)
    if (setting === undefined) {
      lines.push(`${name}: is no setting of the ${kind.of}; unset it, or take a name from ${kind.reference}.`)
      continue
    }
    setAt(values, setting.path, settingOf(text, { setting, isPath: kind.pathSettings.includes(setting.key) }))
  }
  return lines
}

/** A variable's text as the value it stands for; whether that is right is not looked at. */
function settingOf(text: string, { setting: { kind }, isPath }: { setting: Setting; isPath: boolean }): unknown {
  if (isPath && text !== '') return resolve(text)
  if (kind === 'list') return text === '' ? [] : text.split(',').map((item) => item.trim())
  // What is no number stays text, so that the line about it shows it.
  return kind === 'number' && /^-?\d+$/.test(text) ? Number(text) : text
}

/** The value at a path in a tree of settings; undefined when there is none. */
export function valueAt(values: Record<string, unknown>, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), values)
}

/** Sets the value at a path in a tree of settings. */
export function setAt(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path
  if (key === undefined) return
  if (rest.length === 0) {
    values[key] = value
    return
  }
  const member = values[key]
  const next: Record<string, unknown> = isRecord(member) ? { ...member } : {}
  values[key] = next
  setAt(next, rest, value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Source = { values: unknown; path: string; environment: Environment; kind: ConfigKind }

/** One line for each key that an issue is about: the key, what it is, and what to do. */
function linesOf(issue: z.core.$ZodIssue, source: Source): string[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownLine([...path, key], source.kind))
  const key = path.join('.')
  if (issue.code === 'custom') return [`${key}: ${issue.message}.`]
  const setting = settingAt(path, source.kind.settings)
  if (setting === undefined) return [`${key || source.path}: holds keys of its own; see ${source.kind.reference}.`]
  const value = isRecord(source.values) ? valueAt(source.values, setting.path) : undefined
  if (value === undefined) return [`${key}: is missing; set ${setting.takes}.`]
  const from = source.environment[setting.environment] === undefined ? '' : ` in ${setting.environment}`
  return [`${key}: is ${shown(value, setting)}${from}; set ${setting.takes}.`]
}

function unknownLine(path: readonly string[], { settings, of, reference }: ConfigKind): string {
  const key = path.join('.')
  const near = settings.find((setting) => setting.key.toLowerCase() === key.toLowerCase())
  const remedy = near === undefined ? `remove it, or take a key from ${reference}` : `did you mean ${near.key}?`
  return `${key}: is no setting of the ${of}; ${remedy}${near === undefined ? '.' : ''}`
}

/**
 * Reads one setting from text as its variable would hold it.
 * @throws ConfigInvalidError with a line that says what it takes
 */
export function parseSetting(setting: Setting, text: string): unknown {
  const value = settingOf(text, { setting, isPath: workerConfig.pathSettings.includes(setting.key) })
  if (z.safeParse(setting.schema, value).success) return value
  throw new ConfigInvalidError([`${setting.key}: is ${shown(value, setting)}; set ${setting.takes}.`])
}

/** URLs carry keys and passwords of their services, which have no place in a log. */
function shown(value: unknown, { takes }: Setting): string {
  return takes.includes('URL') ? 'wrong' : JSON.stringify(value).slice(0, 80)
}
