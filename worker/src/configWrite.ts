import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Document, isMap, isScalar } from 'yaml'
import { loadConfig, setAt, type WorkerConfig } from './config.ts'
import { settings } from './configSettings.ts'

/** A configuration is there already. */
export class ConfigExistsError extends Error {
  override readonly name = 'ConfigExistsError'
  readonly path: string

  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path} exists already and was not overwritten; name another with --out, or keep it as a backup with --force.`,
      options,
    )
    this.path = path
  }
}

/**
 * Writes a configuration with the meaning of each key above it, once it was loaded and found right; a wrong one leaves no file.
 * Its mode is 0600, since URLs may carry keys.
 * @param values by key (`chain.pollMs`), in the order of the settings; the others keep their defaults
 * @param options.force keeps a file that is there as `<path>.bak-<milliseconds>` instead of refusing
 * @throws ConfigInvalidError, ConfigExistsError
 */
export function writeConfig(
  { path, values }: { path: string; values: ReadonlyMap<string, unknown> },
  { force = false, now = Date.now() }: { force?: boolean; now?: number } = {},
): { config: WorkerConfig; backup?: string } {
  const target = resolve(path)
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
  const part = `${target}.${process.pid}.part`
  writeFileSync(part, configText(values), { flag: 'wx', mode: 0o600 })
  try {
    const config = loadConfig(part, {})
    if (!force) {
      link(part, target)
      return { config }
    }
    const backup = `${target}.bak-${now}`
    const kept = keep(target, backup)
    renameSync(part, target)
    return { config, ...(kept && { backup }) }
  } finally {
    rmSync(part, { force: true })
  }
}

/** Unlike a rename, a link fails when the name is taken. */
function link(part: string, target: string): void {
  try {
    linkSync(part, target)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw new ConfigExistsError(target, { cause })
    }
    throw cause
  }
}

/** Gives the file a second name; says whether there was one. */
function keep(path: string, backup: string): boolean {
  try {
    linkSync(path, backup)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

function configText(values: ReadonlyMap<string, unknown>): string {
  const tree: Record<string, unknown> = {}
  for (const { key, path } of settings) if (values.has(key)) setAt(tree, path, values.get(key))
  const document = new Document(tree)
  document.commentBefore =
    ' Configuration of a worker; docs/worker-config.md has every key. `assay config check` says whether it is right.'
  for (const { key, path, meaning } of settings) if (values.has(key)) comment(document, { path, meaning })
  return document.toString({ lineWidth: 0 })
}

function comment(document: Document, { path, meaning }: { path: readonly string[]; meaning: string }): void {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1))
  if (!isMap(parent)) return
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
  if (isScalar(pair?.key)) pair.key.commentBefore = ` ${meaning}`
}
