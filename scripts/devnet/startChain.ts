import path from 'node:path'
import { createClient, http } from 'viem'
import { getChainId } from 'viem/actions'
import type { DevnetParts } from './startDevnet.ts'
import { waitFor } from './waitFor.ts'

/** Starts an empty local chain (31337) that mines each transaction at once, and waits until it answers. */
export async function startChain({ root, ports, urls, processes, signal }: DevnetParts): Promise<void> {
  const hardhat = path.join(root, 'node_modules/hardhat/dist/src/cli.js')
  const args = [hardhat, 'node', '--hostname', '127.0.0.1', '--port', String(ports.chain)]
  processes.start({ name: 'chain', args, cwd: root })

  const client = createClient({ transport: http(urls.rpcUrl, { retryCount: 0 }) })
  const what = `The chain at ${urls.rpcUrl}`
  await waitFor({ what, ready: async () => (await getChainId(client)) === 31_337 }, signal)
}
