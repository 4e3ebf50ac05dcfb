import type { Network } from '@assay/sdk/deployment'
import { SignClient } from '@walletconnect/sign-client'
import type { Address } from 'viem'

/** A wallet on another device: what it is asked is refused where `reject` names it, and left to the devnet's node otherwise. */
export async function startRemoteWallet(
  { relay, network }: { relay: { projectId: string; relayUrl: string }; network: Network },
  { address, reject }: { address: Address; reject: string[] },
) {
  const metadata = { name: 'Remote wallet', description: 'A wallet of the test.', url: 'http://127.0.0.1', icons: [] }
  const client = await SignClient.init({
    ...relay,
    metadata,
    telemetryEnabled: false,
    logger: 'silent',
    storageOptions: { database: ':memory:' },
  })
  const asked: string[] = []

  client.on('session_proposal', async ({ id, params }) => {
    const { chains = [], methods = [], events = [] } = params.optionalNamespaces.eip155 ?? {}
    if (reject.includes('session')) {
      await client.reject({ id, reason: { code: 5000, message: 'User rejected.' } })
      return
    }
    const accounts = chains.map((chain) => `${chain}:${address}`)
    const { acknowledged } = await client.approve({ id, namespaces: { eip155: { accounts, chains, methods, events } } })
    await acknowledged()
  })
  client.on('session_request', async ({ topic, id, params: { request } }) => {
    asked.push(request.method)
    const respond = (answer: { result: unknown } | { error: { code: number; message: string } }) =>
      client.respond({ topic, response: { id, jsonrpc: '2.0', ...answer } })
    if (reject.includes(request.method)) {
      await respond({ error: { code: 4001, message: 'User rejected the request.' } })
      return
    }
    const response = await fetch(network.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: request.method, params: request.params }),
    })
    const { result, error } = await response.json()
    await respond(error ? { error } : { result })
  })

  return {
    asked,
    reject,
    pair: (uri: string) => client.pair({ uri }),
    endSessions: async () => {
      for (const { topic } of client.session.getAll())
        await client.disconnect({ topic, reason: { code: 6000, message: 'User disconnected.' } })
    },
    stop: async () => {
      await client.core.relayer.transportClose()
      client.core.heartbeat.stop()
    },
  }
}
