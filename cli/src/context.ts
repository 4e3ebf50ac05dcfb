import { connectNetwork, type MarketClient, type Network, parseNetwork } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { readKeyFile } from '@assay/worker/keyFile'
import type { Command } from 'commander'
import type { Account } from 'viem'
import { createOutput, type Output } from './output.ts'
import { FileUnreadableError, readJson } from './readFiles.ts'

/** Options that every command takes. */
export type GlobalOptions = { network: string; json?: boolean; keyFile?: string; devAccount?: number }

/** What a command works with; network and client are made when first asked for. */
export type Context = {
  output: Output
  signal: AbortSignal
  network: () => Network
  /** A client that reads. */
  client: () => MarketClient
  /** A client that sends from the key that the options name. */
  signingClient: () => MarketClient
}

/** No key was named for a command that sends a transaction. */
export class KeyMissingError extends Error {
  override readonly name = 'KeyMissingError'

  constructor({ local }: { local: boolean }) {
    super(
      `This command sends a transaction and no key is named; use --key-file <path>${local ? ' or --dev-account <number>' : ''}.`,
    )
  }
}

/** Builds a command's context from its options. */
export function createContext(command: Command, signal: AbortSignal): Context {
  const options = command.optsWithGlobals<GlobalOptions>()
  let network: Network | undefined
  const readNetwork = () => {
    network ??= readNetworkFile(options.network)
    return network
  }
  return {
    output: createOutput(options.json ?? false),
    signal,
    network: readNetwork,
    client: () => connectNetwork(readNetwork()),
    signingClient: () => connectNetwork(readNetwork(), accountFrom(options, readNetwork())),
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

function accountFrom(options: GlobalOptions, { chainId }: Network): Account {
  if (options.keyFile !== undefined) return readKeyFile(options.keyFile, chainId)
  if (options.devAccount !== undefined) return developmentAccount({ chainId, index: options.devAccount })
  throw new KeyMissingError({ local: chainId === 31_337 })
}
