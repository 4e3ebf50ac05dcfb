import { z } from 'zod'
import { configSchema, pathSettings } from './configSchema.ts'
import { executorPathSettings, executorSchema } from './executorSchema.ts'

/** One key of the configuration. */
export type Setting = {
  path: readonly string[]
  /** Its path with dots: `chain.pollMs`. */
  key: string
  /** The variable that overrides it: ASSAY_WORKER_CHAIN_POLL_MS. */
  environment: string
  /** What it may be, in words. */
  takes: string
  meaning: string
  /** Whether there is no default and it has to be set. */
  required: boolean
  /** What it is when it is left out; undefined when it has to be set, or when without it the section is off. */
  fallback: unknown
  kind: 'number' | 'list' | 'text'
  /** What tells a right value from a wrong one. */
  schema: z.core.$ZodType
}

/** A configuration file: its schema and what is said of it. */
export type ConfigKind<Schema extends z.ZodType = z.ZodType> = {
  /** Whose settings they are. */
  of: 'worker' | 'executor'
  schema: Schema
  settings: readonly Setting[]
  /** Keys of settings that are paths. */
  pathSettings: readonly string[]
  /** Start of the environment variables that override settings. */
  environmentPrefix: string
  example: string
  reference: string
}

/** Start of the environment variables that override the worker's settings. */
export const environmentPrefix = 'ASSAY_WORKER_'

/** The configuration of the daemon that watches and signs. */
export const workerConfig = kindOf({
  of: 'worker',
  schema: configSchema,
  pathSettings,
  environmentPrefix,
  example: 'config/worker.yaml',
  reference: 'docs/worker-config.md',
})

/** The configuration of an executor. */
export const executorConfig = kindOf({
  of: 'executor',
  schema: executorSchema,
  pathSettings: executorPathSettings,
  environmentPrefix: 'ASSAY_EXECUTOR_',
  example: 'config/executor.yaml',
  reference: 'docs/executor-config.md',
})

/** Every setting of the worker, in the order of its schema. */
export const settings: readonly Setting[] = workerConfig.settings

/** The setting at a path, or the one whose list the path leads into. */
export function settingAt(path: readonly string[], among: readonly Setting[] = settings): Setting | undefined {
  return among.find((setting) => setting.path.every((key, index) => path[index] === key))
}

function kindOf<Schema extends z.ZodType>(kind: Omit<ConfigKind<Schema>, 'settings'>): ConfigKind<Schema> {
  return { ...kind, settings: settingsOf(kind.schema, { path: [], optional: false, prefix: kind.environmentPrefix }) }
}

type Place = { path: readonly string[]; optional: boolean; prefix: string }

function settingsOf(schema: z.core.$ZodType, { path, optional, prefix }: Place): Setting[] {
  const layers = layersOf(schema)
  const inner = layers.at(-1)
  const isOptional = optional || layers.some((layer) => layer instanceof z.ZodOptional)
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, member]) =>
      settingsOf(member, { path: [...path, key], optional: isOptional, prefix }),
    )
  }
  const withDefault = layers.find((layer) => layer instanceof z.ZodDefault)
  return [
    {
      path,
      key: path.join('.'),
      environment: prefix + nameOf(path),
      takes: wordsOf(layers, 'takes'),
      meaning: wordsOf(layers, 'description'),
      required: withDefault === undefined && !isOptional,
      fallback: withDefault?.def.defaultValue,
      kind: inner instanceof z.ZodArray ? 'list' : inner instanceof z.ZodNumber ? 'number' : 'text',
      schema,
    },
  ]
}

/** A schema and what it wraps, from the outside in. */
function layersOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return [schema, ...layersOf(schema.def.innerType)]
  }
  return [schema]
}

function wordsOf(layers: readonly z.core.$ZodType[], name: 'takes' | 'description'): string {
  for (const layer of layers) {
    const text = z.globalRegistry.get(layer)?.[name]
    if (typeof text === 'string') return text
  }
  return ''
}

function nameOf(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())
  return words.join('_')
}
