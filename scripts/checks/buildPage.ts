// Program: exports the app when its sources changed since the last time, and weighs what each page starts with.
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildApp } from '../devnet/buildApp.ts'
import { createProcesses } from '../devnet/processes.ts'
import { assertLight, weighPages } from './pageBudget.ts'

const logs = mkdtempSync(path.join(os.tmpdir(), 'assay-page-'))
const processes = createProcesses(logs)
try {
  const root = path.resolve(import.meta.dirname, '../..')
  await buildApp({ root, processes })
  const weights = weighPages(path.join(root, 'app/out'))
  for (const { page, bytes } of weights)
    console.log(`${page.padEnd(24)} ${(bytes / 1000).toFixed(1)} kB of JavaScript, gzip`)
  assertLight(weights)
  rmSync(logs, { recursive: true })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await processes.stop()
}
