// Program: writes docs/worker-config.md, docs/executor-config.md and docs/metrics.md from the configurations' schemas and the catalogue of metrics.
//   node worker/src/referenceMain.ts [--check]
// --check writes nothing and fails when a page differs from what it should be.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { configReference, executorReference, metricsReference } from './reference.ts'

const pages = {
  'docs/worker-config.md': configReference(),
  'docs/executor-config.md': executorReference(),
  'docs/metrics.md': metricsReference(),
}

const { values: flags } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
for (const [page, text] of Object.entries(pages)) {
  const file = new URL(`../../${page}`, import.meta.url)
  if (!flags.check) writeFileSync(file, text)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${page} is not what the worker does; run node worker/src/referenceMain.ts.\n`)
    process.exitCode = 1
  }
}
