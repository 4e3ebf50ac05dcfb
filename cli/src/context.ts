import { connectNetwork, type MarketClient, type Network, parseNetwork } from '@assay/sdk/deployment'
import { type SigningPolicy, withPolicy } from '@assay/worker/signerPolicy'
import type { Command } from 'commander'
import { type AccountOptions, chooseAccount, openAccount } from './openAccount.ts'
import { createOutput, type Output } from './output.ts'
import { FileUnreadableError, readJson } from './readFiles.ts'

/** Options that every command takes. */
export type GlobalOptions = AccountOptions & {
  network: string
  rpc?: string
  ipfs?: string
  gateway?: string
  json?: boolean
}

/** What a command works with; network and client are made when first asked for. */
export type Context = {
  output: Output
  signal: AbortSignal
  network: () => Network
  /** A client that reads. */
  client: () => MarketClient
  /** A client that sends from the account that the options name; with a policy it signs nothing else. */
  signingClient: (policy?: SigningPolicy) => Promise<MarketClient>
}

/** Options of a command; of those that name accounts, the ones that count. */
export function globalOptions<T extends GlobalOptions>(command: Command): T {
  return chooseAccount(command.optsWithGlobals<T>(), (name) => command.getOptionValueSourceWithGlobals(name))
}

/** Builds a command's context from its options. */
export function createContext(command: Command, signal: AbortSignal): Context {
  const options = globalOptions(command)
  let network: Network | undefined
  let opening: ReturnType<typeof openAccount> | undefined
  const readNetwork = () => {
    network ??= { ...readNetworkFile(options.network), ...urlsOf(options) }
    return network
  }
  return {
    output: createOutput(options.json ?? false),
    signal,
    network: readNetwork,
    client: () => connectNetwork(readNetwork()),
    signingClient: async (policy) => {
      // Opened once, as a passphrase is asked for once.
      opening ??= openAccount(options, readNetwork().chainId)
      const account = await opening
      return connectNetwork(readNetwork(), policy === undefined ? account : withPolicy(account, policy))
    },
  }
}

/** URLs that the options give instead of the network file. */
function urlsOf({ rpc, ipfs, gateway }: GlobalOptions): Partial<Network> {
  return {
    ...(rpc !== undefined && { rpcUrl: rpc }),
    ...(ipfs !== undefined && { contentApiUrl: ipfs }),
    ...(gateway !== undefined && { gatewayUrl: gateway }),
  }
}

function readNetworkFile(path: string): Network {
  try {
    return parseNetwork(readJson(path, 1024 * 1024))
  } catch (cause) {
    if (!(cause instanceof FileUnreadableError)) throw cause
    throw new FileUnreadableError({
      path,
      reason: 'cannot be read as a network file; start a devnet with `npm start`, or name a file with --network',
      cause,
    })
  }
}
