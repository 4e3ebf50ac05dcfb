/** A process of {@link openSuitePool}: runs what its parent sends and answers with the outcome; an error ends it. */
import { openSoliditySuite, type SuiteRun } from './soliditySuite.ts'

const run = await openSoliditySuite()

// The parent sends nothing else.
process.on('message', async (message) => process.send?.(await run(message as SuiteRun)))
