// Program: snarkjs (GPL-3.0) in a worker of its own, which the page speaks to by messages alone. app/sealPage.ts puts both files of
// it, and snarkjs' licence, into the export; this one is under that licence too.
import type { ProverAnswer, ProverTask } from './tasks.ts'

/** snarkjs' build for browsers, as far as it is used here; files are `{ type: 'mem' }`. */
declare const snarkjs: {
  zKey: {
    contribute: (from: MemoryFile, to: MemoryFile, name: string, entropy: string, logger: Logger) => Promise<unknown>
    beacon: (
      ...made: [from: MemoryFile, to: MemoryFile, name: string, hash: string, iterationsExp: number, logger: Logger]
    ) => Promise<unknown>
    verifyFromR1cs: (
      ...files: [r1cs: MemoryFile, phase1: MemoryFile, zkey: MemoryFile, logger: Logger]
    ) => Promise<boolean>
  }
  groth16: {
    prove: (
      zkey: MemoryFile,
      wtns: MemoryFile,
      logger: Logger,
      options: { singleThread: boolean },
    ) => Promise<{ proof: unknown; publicSignals: unknown }>
  }
}
declare function importScripts(url: string): void

type MemoryFile = { type: 'mem'; data?: Uint8Array }
type Logger = Record<'debug' | 'info' | 'warn' | 'error', (text: string) => void>

// The types of a page do not know that a worker posts without a target.
const scope = self as unknown as {
  postMessage: (answer: ProverAnswer) => void
  onmessage: ((event: MessageEvent<ProverTask>) => void) | null
}

scope.onmessage = async ({ data: task }) => {
  try {
    const threads = task.threads > 1 && (await canStartWorkers()) ? task.threads : 1
    prepare(threads)
    importScripts('snarkjs.js')
    withoutNetwork()
    scope.postMessage({ kind: 'started', threads })
    scope.postMessage(await work(task, threads))
  } catch (error) {
    scope.postMessage({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
  }
}

async function work(task: ProverTask, threads: number): Promise<ProverAnswer> {
  const say = (text: string) => scope.postMessage({ kind: 'said', text })
  const logger = { debug: say, info: () => undefined, warn: say, error: say }
  const zkey = fileOf(task.zkey)
  if (task.kind === 'contribute' || task.kind === 'beacon') {
    const made: MemoryFile = { type: 'mem' }
    if (task.kind === 'contribute') await snarkjs.zKey.contribute(zkey, made, task.name, task.entropy, logger)
    else await snarkjs.zKey.beacon(zkey, made, task.name, task.hash, task.iterationsExp, logger)
    return { kind: 'contributed', zkey: made.data ?? new Uint8Array() }
  }
  if (task.kind === 'verify') {
    let fault = 'it does not say why'
    const blame = (text: string) => {
      fault = text
    }
    // Of a contribution that does not follow, snarkjs tells the console alone.
    console.log = blame
    const files = [fileOf(task.r1cs), fileOf(task.phase1), zkey] as const
    const holds = await snarkjs.zKey.verifyFromR1cs(...files, { ...logger, error: blame })
    return { kind: 'verified', ...(holds !== true && { fault }) }
  }
  const options = { singleThread: threads === 1 }
  const { proof, publicSignals } = await snarkjs.groth16.prove(zkey, fileOf(task.wtns), logger, options)
  return { kind: 'proved', proof, publicSignals }
}

function fileOf(data: Uint8Array): MemoryFile {
  return { type: 'mem', data }
}

/** snarkjs starts as many threads as the machine has processors, each a worker with memory of its own; without workers, none. */
function prepare(threads: number): void {
  if (threads === 1) hide('Worker')
  else Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads })
}

/** Whether this worker may start others from its own code, as snarkjs does: a host's policy can forbid it without a word. */
async function canStartWorkers(): Promise<boolean> {
  if (!('Worker' in self)) return false
  const url = URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'application/javascript' }))
  try {
    const trial = new Worker(url)
    const answered = await new Promise<boolean>((resolve) => {
      trial.onmessage = () => resolve(true)
      trial.onerror = () => resolve(false)
    })
    trial.terminate()
    return answered
  } catch {
    return false
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** The page's policy does not reach into a worker's file, so this program gives up the network before it draws a secret. */
function withoutNetwork(): void {
  for (const name of ['fetch', 'XMLHttpRequest', 'WebSocket', 'WebTransport', 'EventSource', 'importScripts'])
    hide(name)
}

function hide(name: string): void {
  Object.defineProperty(self, name, { value: undefined })
}
