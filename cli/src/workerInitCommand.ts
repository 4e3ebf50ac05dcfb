import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Setting } from '@assay/worker/configSettings'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Question } from './askSettings.ts'
import { createContext, type GlobalOptions } from './context.ts'
import { defaultKeyPath } from './keyStorage.ts'

/** Settings that have a question and a flag of their own; without a default here they keep the schema's. */
const asked: readonly { key: string; flag?: string; fallback?: () => string }[] = [
  { key: 'networkFile' },
  { key: 'keyFile', fallback: defaultKeyPath },
  { key: 'passphraseFile', flag: '--passphrase-file <path>', fallback: () => join(homedir(), '.assay', 'passphrase') },
  { key: 'dataDir', flag: '--data-dir <path>', fallback: () => join(homedir(), '.assay', 'worker') },
  { key: 'chain.rpcUrls', flag: '--rpc-urls <urls>' },
  { key: 'admission.minPriceWei', flag: '--min-price-wei <wei>' },
  { key: 'limits.jobs', flag: '--jobs <number>' },
  { key: 'sandbox.requireIsolation', flag: '--require-isolation <rung>' },
  { key: 'http.port', flag: '--port <number>' },
]

type InitOptions = GlobalOptions &
  Record<string, unknown> & { out: string; force?: boolean; yes?: boolean; set: Map<string, string> }

/** What --set names is no setting. */
export class SettingUnknownError extends Error {
  override readonly name = 'SettingUnknownError'
  readonly key: string

  constructor(key: string) {
    super(`${key} is no setting of the worker; take a key from docs/worker-config.md.`)
    this.key = key
  }
}

/** Adds `assay worker init`. */
export function addWorkerInitCommand(worker: Command, signal: AbortSignal): void {
  const init = worker.command('init').description("write a worker's configuration: asks at a terminal, or takes flags")
  for (const { key, flag } of asked)
    if (flag !== undefined) init.addOption(new Option(flag, `${key} of docs/worker-config.md`))
  init
    .addOption(new Option('--out <file>', 'where it goes').default('worker.yaml'))
    .addOption(
      new Option('--set <key=value>', 'any other setting; may be given again')
        .argParser(assignment)
        .default(new Map(), 'none'),
    )
    .option('--yes', 'ask nothing at a terminal either')
    .option('--force', 'keep a file that is there as <file>.bak-<milliseconds> instead of refusing')
    .addHelpText(
      'after',
      '\n--network and --key-file become networkFile and keyFile.\nExample: assay worker init --out worker.yaml --data-dir data --set orders.port=9091',
    )
    .action(async (_options: object, command: Command) => runInit(command, signal))
}

async function runInit(command: Command, signal: AbortSignal): Promise<void> {
  const [{ ConfigExistsError, writeConfig }, { settings }, { parseSetting }, { askSettings }] = await Promise.all([
    import('@assay/worker/configWrite'),
    import('@assay/worker/configSettings'),
    import('@assay/worker/config'),
    import('./askSettings.ts'),
  ])
  const options = command.optsWithGlobals<InitOptions>()
  // A default is the account of the person at the keyboard, and no worker's.
  if (command.getOptionValueSourceWithGlobals('keyFile') === 'config') delete options.keyFile
  // Said before anybody answers questions; writing looks again.
  if (options.force !== true && existsSync(options.out)) throw new ConfigExistsError(resolve(options.out))
  const values = new Map<string, unknown>()
  const questions: Question[] = []
  for (const { key, flag, fallback } of asked) {
    const setting = settingOfKey(settings, key)
    const given = givenText(options, { key, flag })
    if (given !== undefined) values.set(key, parseSetting(setting, given))
    else questions.push({ setting, fallback: fallback?.() ?? fallbackText(setting, options) })
  }
  for (const [key, text] of options.set) values.set(key, parseSetting(settingOfKey(settings, key), text))

  const isAsked = process.stdin.isTTY && process.stderr.isTTY && options.yes !== true
  const open = questions.filter(({ setting }) => !values.has(setting.key))
  const answers = isAsked
    ? await askSettings(open, { input: process.stdin, output: process.stderr, signal })
    : open.map(({ setting, fallback }) => [setting.key, parseSetting(setting, fallback)] as const)
  for (const [key, value] of answers) values.set(key, value)

  const { backup } = writeConfig({ path: options.out, values }, options)
  const { output } = createContext(command, signal)
  const path = resolve(options.out)
  const steps = nextSteps({ path, values })
  const kept = backup === undefined ? '' : ` The one before is kept as ${backup}.`
  output.result(
    { path, backup, next: steps },
    `${path} is written and right.${kept}\n\nNext:\n${steps.map((step) => `  ${step}`).join('\n')}`,
  )
}

function settingOfKey(settings: readonly Setting[], key: string): Setting {
  const setting = settings.find((one) => one.key === key)
  if (setting === undefined) throw new SettingUnknownError(key)
  return setting
}

function givenText(options: InitOptions, { key, flag }: { key: string; flag: string | undefined }): string | undefined {
  if (key === 'keyFile') return options.keyFile
  if (flag === undefined) return undefined
  const text = options[new Option(flag).attributeName()]
  return typeof text === 'string' ? text : undefined
}

function fallbackText({ key, fallback }: Setting, options: InitOptions): string {
  if (key === 'networkFile') return options.network
  return Array.isArray(fallback) ? fallback.join(',') : String(fallback ?? '')
}

/** What is left to do until the worker earns. */
function nextSteps({ path, values }: { path: string; values: ReadonlyMap<string, unknown> }): string[] {
  const keyFile = String(values.get('keyFile'))
  const passphraseFile = String(values.get('passphraseFile'))
  const isKeyMissing = keyFile !== '' && !existsSync(keyFile)
  const passphrase = passphraseFile === '' ? '' : ` --passphrase-file ${passphraseFile}`
  return [
    ...(isKeyMissing ? [`assay worker key new${passphrase} --out ${keyFile}`] : []),
    "assay stake register <eth> --signer <the key's address> --key-file <the operator's key>",
    `assay worker start --config ${path}`,
    `assay worker status --config ${path}`,
  ]
}

function assignment(text: string, before: Map<string, string>): Map<string, string> {
  const place = text.indexOf('=')
  if (place < 1) throw new InvalidArgumentError('Write a setting like chain.pollMs=500.')
  return new Map([...before, [text.slice(0, place), text.slice(place + 1)]])
}
