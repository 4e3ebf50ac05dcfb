import { join } from 'node:path'
import type { WorkerConfig } from './config.ts'
import { createSandbox, type Sandbox } from './sandbox/createSandbox.ts'

/** Makes the sandbox that the configuration asks for; as {@link createSandbox}. */
export function openSandbox({ dataDir, sandbox }: Pick<WorkerConfig, 'dataDir' | 'sandbox'>): Promise<Sandbox> {
  const { requireIsolation, memoryMb } = sandbox
  return createSandbox({
    directory: join(dataDir, 'tmp'),
    requireIsolation,
    ...(memoryMb > 0 && { memoryMb }),
  })
}
