import type { Network } from '@assay/sdk/deployment'
import type { UniversalProvider } from '@walletconnect/universal-provider'
import { type Address, getAddress, UserRejectedRequestError } from 'viem'
import { createConnector } from 'wagmi'
import { shortText } from './shortText'

type Provider = InstanceType<typeof UniversalProvider>

/** What the market's pages ask of a wallet. */
const methods = [
  'eth_sendTransaction',
  'eth_signTypedData_v4',
  'personal_sign',
  'wallet_sendCalls',
  'wallet_getCallsStatus',
  'wallet_getCapabilities',
]

/** The wallet on the other device holds no account on the market's chain. */
export class ChainNotSharedError extends Error {
  override readonly name = 'ChainNotSharedError'
  readonly chainId: number

  constructor({ chainId }: { chainId: number }) {
    super(`The wallet shares no account on chain ${chainId}; add that network in the wallet, then connect again.`)
    this.chainId = chainId
  }
}

/**
 * A wagmi connector for a wallet on another device, through the relay that the network file names. What passes through the relay is
 * encrypted between page and wallet. While `connect` waits, the link that the wallet has to open is told as a message of the type
 * `display_uri`. Its code is loaded when it is first used; reads go to the network's own node.
 */
export function walletConnect({ projectId, relayUrl }: NonNullable<Network['walletConnect']>) {
  return createConnector((config) => {
    const [chain] = config.chains
    const eip155 = `eip155:${chain.id}`
    let opening: Promise<Provider> | undefined

    async function open(): Promise<Provider> {
      const { UniversalProvider } = await import('@walletconnect/universal-provider')
      const { origin, href } = window.location
      const metadata = {
        name: 'Assay',
        description: 'A market for AI answers that can be checked.',
        url: origin,
        icons: [],
      }
      const provider = await UniversalProvider.init({
        projectId,
        relayUrl,
        metadata: { ...metadata, redirect: { universal: href } },
        telemetryEnabled: false,
        logger: 'silent',
      })
      // Would ask a site of the protocol's makers, in a frame, to vouch for this page's address; pages speak to nobody unnamed.
      provider.client.core.verify.register = async () => ''
      // Looks through unanswered messages a second after its start, for what an earlier page left. What comes meanwhile would be read twice,
      // and an end of the session that is read twice is an exception.
      const { messages } = provider.client.core.relayer
      const left = messages.getWithoutAck(provider.client.session.keys)
      messages.getWithoutAck = () => left
      provider.on('display_uri', (data: string) => config.emitter.emit('message', { type: 'display_uri', data }))
      for (const ended of ['session_delete', 'session_expire'])
        provider.on(ended, () => config.emitter.emit('disconnect'))
      provider.on('accountsChanged', () => config.emitter.emit('change', { accounts: accountsOf(provider) }))
      return provider
    }
    const opened = () => {
      opening ??= open()
      opening.catch(() => {
        opening = undefined
      })
      return opening
    }
    const accountsOf = ({ session }: Provider): readonly Address[] =>
      (session?.namespaces.eip155?.accounts ?? []).flatMap((account) => {
        const [namespace, reference, address] = account.split(':')
        return `${namespace}:${reference}` === eip155 && address ? [getAddress(address)] : []
      })

    async function pair(provider: Provider): Promise<void> {
      const [rpcUrl = ''] = chain.rpcUrls.default.http
      const events = ['accountsChanged', 'chainChanged']
      const asked = { chains: [eip155], methods, events, rpcMap: { [chain.id]: rpcUrl } }
      try {
        await provider.connect({ optionalNamespaces: { eip155: asked } })
      } catch (cause) {
        throw asError(cause)
      }
      if (accountsOf(provider).length > 0) return
      await provider.disconnect()
      throw new ChainNotSharedError({ chainId: chain.id })
    }

    return {
      id: 'walletConnect',
      name: 'WalletConnect',
      type: 'walletConnect',
      connect: async ({ isReconnecting } = {}) => {
        const provider = await opened()
        if (accountsOf(provider).length === 0 && !isReconnecting) await pair(provider)
        // wagmi's type also covers callers that ask for wallet capabilities, which this page never does.
        return { accounts: accountsOf(provider), chainId: chain.id } as never
      },
      disconnect: async () => {
        const provider = await opened()
        if (provider.session) await provider.disconnect()
      },
      getAccounts: async () => accountsOf(await opened()),
      getChainId: async () => chain.id,
      getProvider: async () => ({
        request: async ({ method, params }: { method: string; params?: unknown[] }) =>
          (await opened()).request({ method, params: params ?? [] }, eip155),
      }),
      isAuthorized: async () => accountsOf(await opened()).length > 0,
      onAccountsChanged: () => undefined,
      onChainChanged: () => undefined,
      onDisconnect: () => config.emitter.emit('disconnect'),
    }
  })
}

/** What a pairing failed with: the protocol throws plain objects too, and has codes of its own for what its owner refused. */
function asError(cause: unknown): Error {
  if (cause instanceof Error) return cause
  const { code, message } = { code: 0, message: String(cause), ...(typeof cause === 'object' ? cause : {}) }
  const error = new Error(`The wallet answered: ${shortText(message, 200)}`, { cause })
  return code >= 5000 && code < 5100 ? new UserRejectedRequestError(error) : error
}
