import path from 'node:path'
import type { DevnetParts } from './startDevnet.ts'
import { waitFor } from './waitFor.ts'

/** Starts the content store: Kubo's API and a trustless gateway on one port. */
export async function startContent({ root, folder, ports, urls, processes, signal }: DevnetParts): Promise<void> {
  const directory = path.join(folder, 'content')
  const args = [path.join(root, 'worker/src/contentMain.ts'), '--directory', directory, '--port', String(ports.content)]
  processes.start({ name: 'content', args })

  const version = `${urls.contentApiUrl}/api/v0/version`
  const ready = async () => (await fetch(version, { method: 'POST', signal })).ok
  await waitFor({ what: `The content store at ${urls.contentApiUrl}`, ready }, signal)
}
