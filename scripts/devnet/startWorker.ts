import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { connectNetwork, type Network } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { registerWorker } from '@assay/sdk/registerWorker'
import { bytesToHex, parseEther } from 'viem'
import { accounts } from './accounts.ts'
import type { DevnetParts } from './startDevnet.ts'
import { waitFor } from './waitFor.ts'

/** What the worker stakes; each claim locks its job's bond out of it. */
export const workerStake = parseEther('10')

/** Registers the worker's account with a stake, and starts the daemon that answers jobs with it. */
export async function startWorker(
  { network, networkFile }: { network: Network; networkFile: string },
  { root, folder, ports, processes, signal }: DevnetParts,
): Promise<void> {
  const account = developmentAccount({ chainId: network.chainId, index: accounts.worker })
  await registerWorker(connectNetwork(network, account), { deployment: network, stake: workerStake })

  const keyFile = path.join(folder, 'worker.key')
  const config = path.join(folder, 'worker.yaml')
  // A development account has a private key, or this chain would not be local.
  writeFileSync(keyFile, bytesToHex(account.getHdKey().privateKey as Uint8Array), { mode: 0o600 })
  writeFileSync(config, workerYaml({ networkFile, keyFile, dataDir: path.join(folder, 'worker'), port: ports.worker }))
  processes.start({ name: 'worker', args: [path.join(root, 'worker/src/main.ts'), '--config', config] })

  const ready = async () => (await fetch(`http://127.0.0.1:${ports.worker}/ready`, { signal })).ok
  await waitFor({ what: 'The worker', ready }, signal)
}

function workerYaml({ networkFile, keyFile, dataDir, port }: Record<string, string | number>): string {
  return [
    '# Written by scripts/devnet; config/worker.yaml says what each key means.',
    `networkFile: ${JSON.stringify(networkFile)}`,
    `keyFile: ${JSON.stringify(keyFile)}`,
    `dataDir: ${JSON.stringify(dataDir)}`,
    'chain: { pollMs: 250 }',
    'limits: { stopSeconds: 10 }',
    `http: { port: ${port} }`,
    '',
  ].join('\n')
}
