import { join } from 'node:path'
import { readSecretFile } from './keyFileRead.ts'
import type { WorkQueue } from './queue.ts'
import { openSqliteQueue } from './queueSqlite.ts'

/** The settings of a queue between processes. */
export type QueueSettings = {
  kind: 'file' | 'redis'
  file: string
  url: string
  urlFile: string
  prefix: string
  leaseSeconds: number
}

/**
 * Opens the queue that the configuration asks for. A Redis that is away is not waited for here.
 * @throws KeyFileError when `urlFile` cannot be read or others can read it too
 */
export async function openQueue(settings: QueueSettings, dataDir: string): Promise<WorkQueue> {
  const { kind, file, url, urlFile, prefix, leaseSeconds } = settings
  const leaseMs = leaseSeconds * 1000
  if (kind === 'file') return openSqliteQueue({ path: file || join(dataDir, 'queue.sqlite'), leaseMs })
  const address = urlFile === '' ? url : readSecretFile(urlFile).toString('utf8').trim()
  // Loaded where it is used: it is a tenth of a worker's code.
  const { openBullQueue } = await import('./queueBull.ts')
  return openBullQueue({ url: address, name: prefix, leaseMs })
}
