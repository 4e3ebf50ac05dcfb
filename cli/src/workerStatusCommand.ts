import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { createContext } from './context.ts'
import { clean, type Output } from './output.ts'
import { troublesOf, workerStatusReport } from './workerStatusReport.ts'

type StatusOptions = { url?: string; config?: string; watch?: boolean }

const defaultUrl = 'http://127.0.0.1:9090'
const watchMs = 2000

/** The worker runs and claims nothing now. */
export class WorkerNotReadyError extends Error {
  override readonly name = 'WorkerNotReadyError'
  readonly troubles: string[]

  constructor(troubles: string[]) {
    super(`The worker is not ready (${troubles.join('; ')}); it claims nothing until that passes.`)
    this.troubles = troubles
  }
}

/** Adds `assay worker status`. */
export function addWorkerStatusCommand(worker: Command, signal: AbortSignal): void {
  worker
    .command('status')
    .addOption(
      new Option('--url <url>', `the worker's status server; ${defaultUrl} unless told`)
        .argParser(urlArgument)
        .conflicts('config'),
    )
    .option('--config <file>', "the worker's configuration, which says where its status server is")
    .option('--watch', 'show it again every 2 seconds until Ctrl-C')
    .description('show what a running worker earns, does and misses')
    .addHelpText(
      'after',
      '\nEnds with 0 when the worker is ready, 75 when it is not, 69 when it cannot be reached.\nExample: assay worker status --config worker.yaml',
    )
    .action(async (options: StatusOptions, command: Command) => {
      const { output } = createContext(command, signal)
      const url = await statusUrl(options)
      if (options.watch === true) await watch(url, { output, signal })
      else await showOnce(url, { output, signal })
    })
}

type Shown = { output: Output; signal: AbortSignal }

/** @throws WorkerUnreachableError, WorkerNotReadyError */
async function showOnce(url: string, { output, signal }: Shown): Promise<void> {
  const { readWorkerStatus } = await import('@assay/sdk/readWorkerStatus')
  const status = await readWorkerStatus(url, signal)
  output.result(status, workerStatusReport(status))
  if (!status.ready) throw new WorkerNotReadyError(troublesOf(status).map(clean))
}

/** Shows it until stopped; what is wrong with one look stands below it. */
async function watch(url: string, shown: Shown): Promise<void> {
  const onTerminal = process.stdout.isTTY && !shown.output.json
  while (!shown.signal.aborted) {
    // Home, then clear to the end: the terminal's history stays.
    if (onTerminal) process.stdout.write('\u001b[H\u001b[J')
    await showOnce(url, shown).catch((error: unknown) => {
      if (!shown.signal.aborted) shown.output.progress(clean(error instanceof Error ? error.message : String(error)))
    })
    await sleep(watchMs, undefined, { signal: shown.signal }).catch(() => undefined)
    if (!onTerminal && !shown.output.json) process.stdout.write('\n')
  }
}

async function statusUrl({ url, config }: StatusOptions): Promise<string> {
  if (config === undefined) return url ?? defaultUrl
  const { readSettings } = await import('@assay/worker/config')
  const { host, port } = readSettings(config, process.env).http
  // What listens on all addresses is asked on this machine's own.
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

function urlArgument(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('Write a URL like http://127.0.0.1:9090.')
  }
  return text
}
