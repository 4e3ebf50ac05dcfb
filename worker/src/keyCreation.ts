import type { WorkerConfig } from './config.ts'
import { readKeyContent } from './keyFileContent.ts'

/** When the worker's key was made, in ISO 8601; undefined when its file does not say, or the key is with a remote signer. */
export function readKeyCreation({
  keyFile,
  signer,
}: Pick<WorkerConfig, 'keyFile'> & { signer: Pick<WorkerConfig['signer'], 'url'> }): string | undefined {
  if (keyFile === '' || signer.url !== '') return undefined
  const content = readKeyContent(keyFile)
  if (content.format === 'raw') content.key.fill(0)
  return content.format === 'assay-keystore' ? content.keystore.createdAt : undefined
}
