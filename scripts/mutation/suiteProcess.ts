/** A process of {@link openSuitePool}: runs what its parent sends and answers with the outcome. */
import { openSoliditySuite, type SuiteRun } from './soliditySuite.ts'

const run = await openSoliditySuite()

// The parent sends nothing else.
process.on('message', async (message) => process.send?.(await run(message as SuiteRun)))
process.on('unhandledRejection', (error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
})
