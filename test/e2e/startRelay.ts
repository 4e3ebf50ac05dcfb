import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** A call of the relay's protocol: topics, and messages that only the two ends can read. */
type Call = { id: number; method?: string; params: Record<string, unknown> }
type Message = { topic: string; message: string; tag: number }

/** A WalletConnect relay on loopback: hands messages to whoever subscribed to their topic, and keeps those that nobody was there for. */
export async function startRelay(): Promise<{
  url: string
  /** Makes it say so many milliseconds late that it took a message. */
  acknowledgeAfter: (milliseconds: number) => void
  stop: () => Promise<void>
}> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const subscribers = new Map<string, Map<WebSocket, string>>()
  const kept = new Map<string, Message[]>()
  let last = 0
  let lateMs = 0

  function deliver(socket: WebSocket, subscription: string, { topic, message, tag }: Message): void {
    last += 1
    const data = { topic, message, tag, publishedAt: Date.now() }
    socket.send(
      JSON.stringify({ id: last, jsonrpc: '2.0', method: 'irn_subscription', params: { id: subscription, data } }),
    )
  }

  function publish(from: WebSocket, message: Message): void {
    const others = [...(subscribers.get(message.topic) ?? [])].filter(([socket]) => socket !== from)
    for (const [socket, subscription] of others) deliver(socket, subscription, message)
    if (others.length === 0) kept.set(message.topic, [...(kept.get(message.topic) ?? []), message])
  }

  function subscribe(socket: WebSocket, topic: string): string {
    const subscription = `${topic}-${subscribers.size}`
    const all = subscribers.get(topic) ?? new Map<WebSocket, string>()
    subscribers.set(topic, all.set(socket, subscription))
    const waiting = kept.get(topic) ?? []
    kept.delete(topic)
    setImmediate(() => {
      for (const message of waiting) deliver(socket, subscription, message)
    })
    return subscription
  }

  function answer(socket: WebSocket, { method, params }: Call): unknown {
    const text = (name: string) => String(params[name])
    const topics = Array.isArray(params.topics) ? params.topics.map(String) : []
    switch (method) {
      case 'irn_subscribe':
        return subscribe(socket, text('topic'))
      case 'irn_batchSubscribe':
        return topics.map((topic) => subscribe(socket, topic))
      case 'irn_batchFetchMessages':
        return { messages: [], hasMore: false }
      case 'irn_publish':
        publish(socket, { topic: text('topic'), message: text('message'), tag: Number(params.tag) })
        return true
      // These two subscribe their sender as well.
      case 'wc_proposeSession':
        subscribe(socket, text('pairingTopic'))
        publish(socket, { topic: text('pairingTopic'), message: text('sessionProposal'), tag: 1100 })
        return true
      case 'wc_approveSession':
        subscribe(socket, text('sessionTopic'))
        publish(socket, { topic: text('pairingTopic'), message: text('sessionProposalResponse'), tag: 1101 })
        publish(socket, { topic: text('sessionTopic'), message: text('sessionSettlementRequest'), tag: 1102 })
        return true
      default:
        return true
    }
  }

  server.on('connection', (socket) => {
    socket.on('message', (bytes) => {
      const call: Call = JSON.parse(String(bytes))
      if (call.method === undefined) return
      const text = JSON.stringify({ id: call.id, jsonrpc: '2.0', result: answer(socket, call) })
      setTimeout(() => socket.send(text), call.method === 'irn_publish' ? lateMs : 0)
    })
    socket.on('close', () => {
      for (const all of subscribers.values()) all.delete(socket)
    })
  })
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    for (const socket of server.clients) socket.terminate()
    server.close()
    await once(server, 'close')
  }
  const acknowledgeAfter = (milliseconds: number) => {
    lateMs = milliseconds
  }
  return { url: `ws://127.0.0.1:${port}`, acknowledgeAfter, stop }
}
