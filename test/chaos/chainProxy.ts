import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '@assay/worker/listen'
import { type Hex, keccak256, numberToHex } from 'viem'
import type { Random } from '../../scripts/seededRandom.ts'

/** How often an RPC endpoint misbehaves: chances from 0 to 1 for each call, and sizes. */
export type ChainFaults = {
  /** Answered with HTTP 502 or with a JSON-RPC error of a node under load. */
  error: number
  /** Handed on, and the answer's connection ended in the middle of it. */
  cut: number
  /** A signed transaction answered with its hash and never handed on. */
  swallow: number
  /** Answered by a node that is `behind` blocks behind. */
  stale: number
  behind: number
  /** The most milliseconds that a call is held up. */
  delayMs: number
}

const noChainFaults: ChainFaults = { error: 0, cut: 0, swallow: 0, stale: 0, behind: 0, delayMs: 0 }

/** An RPC endpoint between a worker and its chain. */
export type ChainProxy = {
  url: string
  /** What it does from the next call on; what is left out it does not. */
  set: (faults: Partial<ChainFaults>) => void
  /** Keeps calls waiting until the returned function is called: what changes meanwhile is one moment to the worker. */
  hold: () => () => void
  /** Calls that were made to fail, by fault. */
  counts: Record<'calls' | 'error' | 'cut' | 'swallow' | 'stale', number>
  close: () => Promise<void>
}

type Call = { id: number; method: string; params?: unknown[] }
type Answer = { id: number; jsonrpc: '2.0'; result?: unknown; error?: { code: number; message: string } }

/** Where the block stands among the parameters of the methods whose answer depends on one. */
const blockParameter: Readonly<Record<string, number>> = {
  eth_getBlockByNumber: 0,
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getTransactionCount: 1,
}

/** Starts the endpoint on a free port of 127.0.0.1. */
export async function startChainProxy({ target, random }: { target: string; random: Random }): Promise<ChainProxy> {
  let faults = noChainFaults
  let held: Promise<void> = Promise.resolve()
  const counts = { calls: 0, error: 0, cut: 0, swallow: 0, stale: 0 }

  function hits(fault: 'error' | 'cut' | 'swallow' | 'stale'): boolean {
    const isHit = random() < faults[fault]
    if (isHit) counts[fault] += 1
    return isHit
  }

  async function ask(call: Pick<Call, 'method' | 'params'>): Promise<Answer> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, params: [], ...call })
    const response = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    // The local chain answers each call with one such object.
    return (await response.json()) as Answer
  }

  async function answerTo(call: Call): Promise<Answer> {
    const [raw] = call.params ?? []
    if (call.method === 'eth_sendRawTransaction' && hits('swallow')) {
      // The one parameter of the method is the signed transaction.
      return { id: call.id, jsonrpc: '2.0', result: keccak256(raw as Hex) }
    }
    const answer =
      faults.stale > 0 && hits('stale') ? await askBehind(call, { ask, behind: faults.behind }) : await ask(call)
    return { ...answer, id: call.id }
  }

  const server = createServer(async (request, response) => {
    const pieces: Uint8Array[] = []
    for await (const piece of request) pieces.push(piece)
    // Only the worker's own client asks here, and it never sends several calls together.
    const call = JSON.parse(Buffer.concat(pieces).toString()) as Call
    counts.calls += 1
    await held
    await sleep(faults.delayMs * random())
    if (hits('error')) return refuse(response, { call, overloaded: random() < 0.5 })
    const isCut = hits('cut')
    const text = JSON.stringify(await answerTo(call))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    if (!isCut) return void response.end(text)
    response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy())
  })
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 })

  return {
    url,
    counts,
    set: (changed) => {
      faults = { ...noChainFaults, ...changed }
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
    close,
  }
}

function refuse(response: ServerResponse, { call, overloaded }: { call: Call; overloaded: boolean }): void {
  if (!overloaded) return void response.writeHead(502).end('bad gateway')
  const answer: Answer = { id: call.id, jsonrpc: '2.0', error: { code: -32_005, message: 'rate limit exceeded' } }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

/** What a node says that has not heard of the latest blocks. */
async function askBehind(
  call: Call,
  { ask, behind }: { ask: (call: Pick<Call, 'method' | 'params'>) => Promise<Answer>; behind: number },
): Promise<Answer> {
  const head = Math.max(0, Number((await ask({ method: 'eth_blockNumber' })).result) - behind)
  const params = [...(call.params ?? [])]
  if (call.method === 'eth_blockNumber') return { id: 1, jsonrpc: '2.0', result: numberToHex(head) }
  const at = blockParameter[call.method]
  if (at !== undefined) {
    const block = params[at]
    if (block === undefined || block === 'latest' || block === 'pending') params[at] = numberToHex(head)
    else if (typeof block === 'string' && Number(block) > head) return { id: 1, jsonrpc: '2.0', result: null }
  }
  if (call.method === 'eth_getLogs' && (await heightOfFilter(params[0], ask)) > head) {
    // EIP-234: a node that does not have the block fails; it has no events of it to leave out.
    return { id: 1, jsonrpc: '2.0', error: { code: -32_000, message: 'unknown block' } }
  }
  const answer = await ask({ method: call.method, params })
  if (call.method === 'eth_getTransactionReceipt' && heightOf(answer.result) > head) return { ...answer, result: null }
  if (call.method === 'eth_getLogs' && Array.isArray(answer.result)) {
    return { ...answer, result: answer.result.filter((log) => heightOf(log) <= head) }
  }
  return answer
}

/** Height of the block that a filter names by its hash; 0 for a filter that names a range. */
async function heightOfFilter(
  filter: unknown,
  ask: (call: Pick<Call, 'method' | 'params'>) => Promise<Answer>,
): Promise<number> {
  if (typeof filter !== 'object' || filter === null || !('blockHash' in filter)) return 0
  const { result } = await ask({ method: 'eth_getBlockByHash', params: [filter.blockHash, false] })
  return typeof result === 'object' && result !== null && 'number' in result ? Number(result.number) : 0
}

function heightOf(result: unknown): number {
  if (typeof result !== 'object' || result === null || !('blockNumber' in result)) return 0
  return Number(result.blockNumber)
}
