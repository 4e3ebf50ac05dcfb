import { type Address, type Client, createWalletClient, http } from 'viem'
import { createConnector } from 'wagmi'

/** Which account of Hardhat's public mnemonic the page uses; the devnet's own programs use those before it. */
const accountIndex = 4
const storageKey = 'assay.developmentWallet'

/**
 * A wagmi connector that signs in the page with a test account that everybody knows, so that a newcomer needs no extension.
 * Account and signing code are loaded when they are first used.
 */
export function developmentWallet() {
  return createConnector((config) => {
    const chain = config.chains[0]
    const account = async () => {
      const { developmentAccount } = await import('@assay/sdk/developmentAccounts')
      return developmentAccount({ chainId: chain.id, index: accountIndex })
    }
    const client = async () =>
      createWalletClient({ account: await account(), chain, transport: http(chain.rpcUrls.default.http[0]) })
    const accounts = async (): Promise<readonly Address[]> => [(await account()).address]

    return {
      id: 'development',
      name: 'Development wallet',
      type: 'development',
      connect: async () => {
        localStorage.setItem(storageKey, 'connected')
        // wagmi's type also covers callers that ask for wallet capabilities, which this page never does.
        return { accounts: await accounts(), chainId: chain.id } as never
      },
      disconnect: async () => localStorage.removeItem(storageKey),
      getAccounts: accounts,
      getChainId: async () => chain.id,
      getClient: async (): Promise<Client> => client(),
      getProvider: client,
      isAuthorized: async () => localStorage.getItem(storageKey) !== null,
      onAccountsChanged: () => undefined,
      onChainChanged: () => undefined,
      onDisconnect: () => config.emitter.emit('disconnect'),
    }
  })
}
