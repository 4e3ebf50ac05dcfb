import { type Address, type Client, createWalletClient, custom, getAddress, http } from 'viem'
import { createConnector } from 'wagmi'

/** Chain of a local devnet; the development wallet is offered on no other. */
export const developmentChainId = 31337

/** Account 4 of Hardhat's public mnemonic. Everybody knows this key: it is worth nothing outside a local chain. */
const publicKeyOfAccount4 = '0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a'
const address = getAddress('0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65')
const storageKey = 'assay.developmentWallet'

/**
 * A wagmi connector that signs in the page with a well-known test account, so that a newcomer needs no extension.
 * The signing code is loaded when it is first used.
 */
export function developmentWallet() {
  return createConnector((config) => {
    const chain = config.chains[0]
    const transport = http(chain.rpcUrls.default.http[0])
    const client = async () => {
      const { privateKeyToAccount } = await import('viem/accounts')
      return createWalletClient({
        account: privateKeyToAccount(publicKeyOfAccount4),
        chain,
        transport,
        pollingInterval: 500,
      })
    }

    return {
      id: 'development',
      name: 'Development wallet',
      type: 'development',
      // wagmi's generic asks for capabilities only when a caller demands them; this account has none.
      connect: async () => {
        localStorage.setItem(storageKey, 'connected')
        return { accounts: [address], chainId: chain.id } as never
      },
      disconnect: async () => localStorage.removeItem(storageKey),
      getAccounts: async (): Promise<readonly Address[]> => [address],
      getChainId: async () => chain.id,
      getClient: async (): Promise<Client> => client(),
      getProvider: async () => custom({ request: (await client()).request })({ retryCount: 0 }),
      isAuthorized: async () => localStorage.getItem(storageKey) !== null,
      onAccountsChanged: () => {},
      onChainChanged: () => {},
      onDisconnect: () => config.emitter.emit('disconnect'),
    }
  })
}
