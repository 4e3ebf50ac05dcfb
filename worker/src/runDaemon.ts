// Program: what main.ts starts, once compiled code is kept.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { ConfigInvalidError, loadConfig } from './config.ts'
import { openSandbox } from './openSandbox.ts'
import { IsolationUnavailableError } from './sandbox/sandboxErrors.ts'

const configExitCode = 78

try {
  const { values } = parseArgs({ options: { config: { type: 'string' } } })
  if (values.config === undefined)
    throw new ConfigInvalidError(['Usage: node worker/src/main.ts --config <worker.yaml>'])
  const config = loadConfig(values.config, process.env)
  // Provers write witnesses, which hold inputs, to temporary files: here nobody else reads them, and what a crash leaves is removed.
  const temporary = join(config.dataDir, 'tmp')
  rmSync(temporary, { recursive: true, force: true })
  mkdirSync(temporary, { recursive: true, mode: 0o700 })
  process.env.TMPDIR = temporary
  // Rungs are attacked by other processes, in the time that the rest of the code takes to load.
  const sandbox = openSandbox(config)
  // What it rejects with is thrown where it is awaited.
  sandbox.catch(() => undefined)
  const { startWorker } = await import('./daemon.ts')
  // By itself V8 lets a heap with 45 MB of live objects grow to several times that before it collects, on a machine with much memory,
  // which belongs to models here. Set before the code is loaded it would slow that down; limits of the heap cannot be set any more.
  setFlagsFromString('--optimize-for-size')
  const worker = await startWorker(config, { sandbox })
  let asked = false
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (asked) process.exit(130)
      asked = true
      void worker.stop()
    })
  }
  await worker.done
  process.exit(0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(error instanceof ConfigInvalidError || error instanceof IsolationUnavailableError ? configExitCode : 1)
}
