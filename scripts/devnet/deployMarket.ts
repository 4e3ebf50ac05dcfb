import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { DevnetParts } from './startDevnet.ts'

/**
 * Builds the contracts where they changed, and deploys them.
 * @returns the members of a network file that say where the market stands
 */
export async function deployMarket({ root, folder, urls, processes }: DevnetParts): Promise<object> {
  const out = path.join(folder, 'deployment.json')
  const args = [path.join(root, 'deploy/deploy.ts'), '--rpc-url', urls.rpcUrl, '--out', out]
  await processes.run({ name: 'deploy', args, cwd: root, env: { HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'false' } })
  const { deploymentBlock, ...addresses } = JSON.parse(readFileSync(out, 'utf8'))
  return { deploymentBlock, addresses }
}
