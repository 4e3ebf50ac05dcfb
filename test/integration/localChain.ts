import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connectNetwork, type MarketClient, type Network } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { startContentStore } from '@assay/worker/contentStore'
import { type Address, createTestClient, http, type TestClient } from 'viem'
import { deployAssay, localParameters } from '../../deploy/deploy.ts'

/** A running local chain with the market deployed, and a content service beside it. */
export type LocalChain = {
  rpcUrl: string
  network: Network
  /** A client that sends from one of the chain's funded accounts. */
  clientOf: (index: number) => MarketClient
  addressOf: (index: number) => Address
  /** Speaks the test methods of the chain: set code, mine, snapshot and revert. */
  testClient: TestClient
  /** Moves the chain's clock and mines a block. */
  passTime: (seconds: number) => Promise<void>
  /** Ends chain and content service and removes their files. */
  stop: () => Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const localChainId = 31_337

/**
 * Starts `hardhat node` on a free port of 127.0.0.1, deploys the market through deploy/, and starts a content service.
 * @param options.chainId another id makes it a chain that counts as none of this machine's
 */
export async function startLocalChain({ chainId = localChainId }: { chainId?: number } = {}): Promise<LocalChain> {
  const directory = mkdtempSync(join(tmpdir(), 'assay-chain-'))
  const node = spawn(
    process.execPath,
    [
      'node_modules/hardhat/dist/src/cli.js',
      'node',
      '--hostname',
      '127.0.0.1',
      '--port',
      '0',
      '--chain-id',
      `${chainId}`,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  process.once('exit', () => node.kill('SIGKILL'))
  // A copy, as the file itself is for local chains only.
  const parametersPath = chainId === localChainId ? localParameters : join(directory, 'parameters.json')
  if (parametersPath !== localParameters) copyFileSync(localParameters, parametersPath)
  const accounts = new Map<number, ReturnType<typeof developmentAccount>>()
  const accountOf = (index: number) => {
    // A key comes from its words by 2,048 rounds of hashing, which takes longer than most of what is then done with it.
    const account = accounts.get(index) ?? developmentAccount({ chainId: localChainId, index })
    accounts.set(index, account)
    return account
  }
  try {
    const rpcUrl = await readUrl(node)
    const { deploymentBlock, ...addresses } = await deployAssay({ rpcUrl, parametersPath })
    const content = await startContentStore({ directory, port: 0 })
    const network: Network = {
      name: 'test',
      chainId,
      rpcUrl,
      contentApiUrl: content.apiUrl,
      gatewayUrl: content.gatewayUrl,
      appUrl: 'http://127.0.0.1:1',
      deploymentBlock,
      addresses,
    }
    const testClient = createTestClient({ mode: 'hardhat', transport: http(rpcUrl) })
    return {
      rpcUrl,
      network,
      clientOf: (index) => connectNetwork(network, accountOf(index)),
      addressOf: (index) => accountOf(index).address,
      testClient,
      passTime: async (seconds) => {
        await testClient.increaseTime({ seconds })
        await testClient.mine({ blocks: 1 })
      },
      stop: async () => {
        await content.close()
        await end(node)
        rmSync(directory, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await end(node)
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

/** The URL that the node prints when it listens. */
async function readUrl(node: ChildProcess): Promise<string> {
  if (node.stdout === null || node.stderr === null) throw new Error('The node has no output.')
  const complaints: string[] = []
  node.stderr.on('data', (data: Buffer) => complaints.push(data.toString()))
  for await (const line of createInterface({ input: node.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (url === undefined) continue
    // What the node says later has to be read, or its pipe fills and it stops.
    node.stdout.resume()
    return url
  }
  throw new Error(`The local chain did not start: ${complaints.join('').slice(0, 2000)}`)
}

async function end(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return
  const exited = once(node, 'exit')
  node.kill('SIGKILL')
  await exited
}
