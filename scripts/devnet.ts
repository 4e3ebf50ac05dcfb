// Program behind `npm start`: a whole market on this machine, with one job from a real digit.
//   npm start -- [--once] [--seed <number>] [--port-base <number>]
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { explainError } from '@assay/sdk/errors'
import { defaultPorts, portsFrom } from './devnet/ports.ts'
import { devnetText, digitJobText } from './devnet/reportText.ts'
import { runDigitJob } from './devnet/runDigitJob.ts'
import { showProgress } from './devnet/showProgress.ts'
import { type Devnet, startDevnet } from './devnet/startDevnet.ts'
import { loadMnist } from './mnist.ts'
import { seededRandom } from './seededRandom.ts'

const usage = 'npm start -- [--once] [--seed <number>] [--port-base <number>]'

/** The command line is not understood. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Ctrl-C, or the end of the terminal. */
class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

function readArguments(args: string[]) {
  try {
    const options = { once: { type: 'boolean' }, seed: { type: 'string' }, 'port-base': { type: 'string' } } as const
    const { values } = parseArgs({ args, options })
    const seed = values.seed ?? '1'
    if (!/^\d{1,9}$/.test(seed))
      throw new UsageError(`The seed is ${JSON.stringify(seed)}; it takes a whole number below 10^9.`)
    const base = values['port-base'] ?? process.env.ASSAY_PORT_BASE
    // A second devnet keeps its data apart from the one on the usual ports.
    const place = base === undefined ? {} : { ports: portsFrom(base), folder: path.join('.devnet', base) }
    return { once: values.once ?? false, seed: Number(seed), ports: defaultPorts, ...place }
  } catch (cause) {
    if (cause instanceof TypeError) throw new UsageError(`${cause.message.split('.')[0]}. Usage: ${usage}`, { cause })
    throw cause
  }
}

async function main(interrupted: AbortController): Promise<void> {
  const { once, seed, ports, ...place } = readArguments(process.argv.slice(2))
  const { signal } = interrupted
  const started = performance.now()
  const progress = showProgress(process.stdout)
  let devnet: Devnet | undefined
  try {
    process.stdout.write('\nAssay: a market for AI inference that can be checked. Starting one on this machine.\n\n')
    devnet = await startDevnet({ ports, ...place, onStep: progress.track, signal })
    progress.end()
    process.stdout.write(`\n${devnetText(devnet)}\n\n`)
    await unlessEnded(runFirstJob(devnet, seed, signal), devnet, signal)
    const total = Math.round((performance.now() - started) / 1000)
    process.stdout.write(`\n  Job settled and verified ${total} s after the start.\n`)
    if (once) return
    process.stdout.write(`\n  Open ${devnet.appUrl} and draw a digit of your own. Ctrl-C stops everything.\n\n`)
    await untilInterrupted(devnet, signal)
  } finally {
    progress.end()
    await devnet?.stop()
  }
}

/** Which digit is asked is decided by the seed alone, not by whether the model gets it right. */
async function runFirstJob(devnet: Devnet, seed: number, signal: AbortSignal): Promise<void> {
  const { heldOut } = loadMnist()
  const index = Math.floor(seededRandom(seed)() * heldOut.length)
  const digit = heldOut[index]
  const published = devnet.models[0]
  if (digit === undefined || published === undefined) throw new Error('There is no digit or no model to ask.')

  writeFileSync(path.join(path.dirname(devnet.networkFile), 'digit.json'), JSON.stringify([...digit.pixels]))
  const result = await runDigitJob({ digit, published }, devnet, signal)
  process.stdout.write(`${digitJobText({ digit, index, published }, result)}\n`)
  if (!result.verification.ok) throw new Error('The answer does not verify; the failed checks stand above.')
}

/** Serves until Ctrl-C, which is the usual end, or until a service ends, which is a failure. */
async function untilInterrupted({ failure }: Devnet, signal: AbortSignal): Promise<void> {
  const interrupted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  if (!signal.aborted) await Promise.race([interrupted, failure])
  process.stdout.write('\n  Stopping everything …\n')
}

function unlessEnded<T>(work: Promise<T>, devnet: Devnet, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  signal.throwIfAborted()
  return Promise.race([work, devnet.failure, aborted])
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // npm passes Ctrl-C on although the terminal sent it here too: the second one changes nothing.
  process.on(name, () => interrupted.abort(new InterruptedError()))
}
try {
  await main(interrupted)
} catch (error) {
  const stopped = interrupted.signal.aborted
  process.stderr.write(stopped ? '\n  Interrupted; everything is stopped.\n' : `\n${explainError(error)}\n`)
  process.exitCode = stopped ? 130 : 1
}
