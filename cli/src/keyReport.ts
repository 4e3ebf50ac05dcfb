import { statSync } from 'node:fs'
import type { KeyFileContent } from '@assay/worker/keyFileContent'
import type { Keystore } from '@assay/worker/keyFileEncrypted'
import { accountOfKey } from '@assay/worker/keyFileParse'

/** What is known of a key file without its passphrase. */
export type KeyReport = {
  file: string
  format: KeyFileContent['format']
  address?: string
  kdf: string
  cipher: string
  cost?: string
  createdAt?: string
  ageDays?: number
  mode: string
}

const dayMs = 24 * 60 * 60 * 1000

/** Describes a key file: whose key it holds, how it is encrypted, how old it is and who may read it. */
export function reportKey(
  { file, content }: { file: string; content: KeyFileContent },
  now: Date = new Date(),
): KeyReport {
  const mode = (statSync(file).mode & 0o777).toString(8).padStart(4, '0')
  if (content.format === 'raw') {
    return { file, format: 'raw', address: accountOfKey(content.key).address, kdf: 'none', cipher: 'none', mode }
  }
  if (content.format === 'web3-v3') return { file, format: 'web3-v3', ...content.description, mode }
  const { address, kdf, cipher, createdAt, kdfparams } = content.keystore
  const ageDays = Math.max(0, Math.floor((now.getTime() - Date.parse(createdAt)) / dayMs))
  return { file, format: 'assay-keystore', address, kdf, cipher, cost: costOf(kdfparams), createdAt, ageDays, mode }
}

/** The report's lines for a person. */
export function keyFacts(report: KeyReport): [string, string][] {
  const { file, format, address, kdf, cipher, cost, createdAt, ageDays, mode } = report
  return [
    ['file', file],
    ['format', format],
    ['address', address ?? 'not stated in the file'],
    ['kdf', kdf],
    ['cipher', cipher],
    ...(cost === undefined ? [] : [['cost', cost] satisfies [string, string]]),
    ...(createdAt === undefined ? [] : [['created', `${createdAt} (${ageDays} days ago)`] satisfies [string, string]]),
    ['mode', mode],
  ]
}

function costOf({ memoryKiB, passes, lanes }: Keystore['kdfparams']): string {
  return `${memoryKiB} KiB, ${passes} passes, ${lanes} lanes`
}
