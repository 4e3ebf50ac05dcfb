// Program: the worker daemon.
//   node worker/src/main.ts --config worker.yaml
// Exit codes: 0 stopped, 1 could not start, 78 the configuration is wrong, 130 forced to stop by a second signal.
import { parseArgs } from 'node:util'
import { ConfigInvalidError, loadConfig } from './config.ts'
import { startWorker } from './daemon.ts'

const configExitCode = 78

try {
  const { values } = parseArgs({ options: { config: { type: 'string' } } })
  if (values.config === undefined)
    throw new ConfigInvalidError(['Usage: node worker/src/main.ts --config <worker.yaml>'])
  const worker = await startWorker(loadConfig(values.config, process.env))
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
  process.exit(error instanceof ConfigInvalidError ? configExitCode : 1)
}
