import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Network, networkSchema } from '@assay/sdk/deployment'
import { parse } from 'yaml'
import { z } from 'zod'
import { hardCaps } from './sandbox/sandboxLimits.ts'

const port = z.number().int().min(0).max(65_535)
const positive = z.number().int().positive()
const wei = z
  .union([z.string().regex(/^\d{1,29}$/, 'is not a whole number of wei'), z.number().int().nonnegative()])
  .transform((value) => BigInt(value))
const modelId = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, 'is not 32 bytes in lower-case hex')
  // The pattern above is narrower than viem's Hex.
  .transform((text) => text as `0x${string}`)

const configSchema = z.strictObject({
  networkFile: z.string().min(1),
  keyFile: z.string(),
  passphraseFile: z.string().default(''),
  signer: z
    .strictObject({
      url: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).default(''),
      address: z
        .string()
        .regex(/^(0x[0-9a-fA-F]{40})?$/, 'is not an address')
        .default(''),
    })
    .refine(({ url, address }) => url === '' || address !== '', {
      path: ['address'],
      message: 'is missing; set it to the account that the signer at signer.url signs for',
    })
    .prefault({}),
  dataDir: z.string().min(1),
  chain: z
    .strictObject({
      rpcUrls: z.array(z.url({ protocol: /^https?$/ })).default([]),
      pollMs: positive.default(1000),
      logRange: positive.default(2000),
      confirmations: positive.default(1),
      replaceAfterSeconds: positive.default(60),
      maxFeePerGasGwei: positive.default(500),
      pushUrl: z.union([z.literal(''), z.url({ protocol: /^wss?$/ })]).default(''),
      breakerFailures: positive.default(5),
      breakerRecoverySeconds: positive.default(2),
      batchMax: z.number().int().min(1).max(64).default(8),
      batchWaitSeconds: z.number().int().min(0).default(10),
      batchAboveGwei: z.number().int().min(0).default(5),
    })
    .prefault({}),
  admission: z
    .strictObject({
      minPriceWei: wei.default(0n),
      models: z.array(modelId).default([]),
      minProveSeconds: positive.default(30),
      proveBeforeClaim: z.enum(['first', 'always']).default('first'),
      maxInputBytes: positive.default(16 * 1024 * 1024),
      maxModelBytes: positive.default(512 * 1024 * 1024),
    })
    .prefault({}),
  content: z
    .strictObject({
      gatewayUrls: z.array(z.url({ protocol: /^https?$/ })).default([]),
      kuboUrls: z.array(z.url({ protocol: /^https?$/ })).default([]),
      cacheBytes: positive.default(2 * 1024 * 1024 * 1024),
      serve: z.strictObject({ directory: z.string().min(1), port }).optional(),
    })
    .prefault({}),
  limits: z
    .strictObject({
      jobs: z.number().int().min(1).max(64).default(1),
      memoryMb: positive.max(hardCaps.memoryMb).default(4096),
      wallSeconds: positive.max(hardCaps.wallSeconds).default(600),
      stopSeconds: positive.default(60),
    })
    .prefault({}),
  sandbox: z
    .strictObject({
      requireIsolation: z.enum(['limited', 'namespaced', 'isolated']).default('limited'),
      warmProcesses: z.number().int().min(0).max(16).default(1),
      memoryMb: z.number().int().min(0).default(0),
    })
    .prefault({}),
  http: z.strictObject({ host: z.string().min(1).default('127.0.0.1'), port: port.default(9090) }).prefault({}),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
})

/** What `startWorker` takes; config/worker.yaml says what each key means. Paths are absolute. */
export type WorkerConfig = Omit<z.output<typeof configSchema>, 'networkFile'> & { network: Network }

/** The configuration is wrong; `lines` has one sentence for each key. */
export class ConfigInvalidError extends Error {
  override readonly name = 'ConfigInvalidError'
  readonly lines: string[]

  constructor(lines: string[], options?: ErrorOptions) {
    super(lines.join('\n'), options)
    this.lines = lines
  }
}

const prefix = 'ASSAY_WORKER_'

/**
 * Reads the worker's configuration: a YAML file, then the environment, which wins. `chain.pollMs` is ASSAY_WORKER_CHAIN_POLL_MS;
 * lists are written with commas. Relative paths in the file start at its folder, those in the environment at the current one.
 * @throws ConfigInvalidError with one line for each wrong key
 */
export function loadConfig(path: string, environment: Record<string, string | undefined>): WorkerConfig {
  const folder = dirname(resolve(path))
  const values = resolvePaths(readYaml(path), folder)
  const lines = applyEnvironment(values, environment)
  const parsed = configSchema.safeParse(values)
  if (!parsed.success) lines.push(...parsed.error.issues.map((issue) => lineOf(issue, path)))
  if (!parsed.success || lines.length > 0) throw new ConfigInvalidError(lines)
  const { networkFile, ...config } = parsed.data
  return { ...config, network: readNetwork(networkFile) }
}

/** Environment variables that override a key, by the key's path. */
export function environmentNames(): Map<string, string> {
  return new Map(leafPaths(configSchema, []).map((path) => [path.join('.'), nameOf(path)]))
}

function readYaml(path: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigInvalidError([`The configuration file ${path} cannot be read; config/worker.yaml is an example.`], {
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
    throw new ConfigInvalidError([`${path} holds no keys; config/worker.yaml is an example.`])
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
  throw new ConfigInvalidError(parsed.error.issues.map((issue) => lineOf(issue, path)))
}

const pathKeys = [['networkFile'], ['keyFile'], ['passphraseFile'], ['dataDir'], ['content', 'serve', 'directory']]

function resolvePaths(values: Record<string, unknown>, folder: string): Record<string, unknown> {
  for (const key of pathKeys) {
    const value = valueAt(values, key)
    if (typeof value === 'string' && value !== '') setAt(values, key, resolve(folder, value))
  }
  return values
}

function applyEnvironment(values: Record<string, unknown>, environment: Record<string, string | undefined>): string[] {
  const lines: string[] = []
  const paths = new Map(leafPaths(configSchema, []).map((path) => [nameOf(path), path]))
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || text === undefined) continue
    const path = paths.get(name)
    if (path === undefined) {
      lines.push(`${name}: is no setting of the worker; see config/worker.yaml.`)
      continue
    }
    const isPath = pathKeys.some((key) => key.join('.') === path.join('.'))
    setAt(values, path, isPath && text !== '' ? resolve(text) : settingOf(text, schemaAt(path)))
  }
  return lines
}

function settingOf(text: string, schema: z.core.$ZodType | undefined): unknown {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodArray) return text === '' ? [] : text.split(',').map((item) => item.trim())
  // What is no number stays text, so that the schema's complaint shows it.
  return inner instanceof z.ZodNumber && /^-?\d+$/.test(text) ? Number(text) : text
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return unwrap(schema.def.innerType)
  }
  return schema
}

function schemaAt(path: readonly string[]): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>((schema, key) => {
    const inner = unwrap(schema)
    return inner instanceof z.ZodObject ? inner.shape[key] : undefined
  }, configSchema)
}

function leafPaths(schema: z.core.$ZodType, path: string[]): string[][] {
  const inner = unwrap(schema)
  if (!(inner instanceof z.ZodObject)) return [path]
  return Object.entries(inner.shape).flatMap(([key, member]) => leafPaths(member, [...path, key]))
}

function nameOf(path: readonly string[]): string {
  return prefix + path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')
}

function valueAt(values: Record<string, unknown>, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), values)
}

function setAt(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
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

function lineOf(issue: z.core.$ZodIssue, path: string): string {
  return `${issue.path.join('.') || path}: ${issue.message}`
}
