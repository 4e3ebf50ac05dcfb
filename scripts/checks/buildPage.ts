// Program: exports the page when its sources changed since the last time.
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildApp } from '../devnet/buildApp.ts'
import { createProcesses } from '../devnet/processes.ts'

const logs = mkdtempSync(path.join(os.tmpdir(), 'assay-page-'))
const processes = createProcesses(logs)
try {
  await buildApp({ root: path.resolve(import.meta.dirname, '../..'), processes })
  rmSync(logs, { recursive: true })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await processes.stop()
}
