import { setTimeout } from 'node:timers/promises'
import { OfferRefusedError, OrderDeskAwayError, offerOrder, readOffer } from '@assay/sdk/offerOrder'
import { postOrder } from '@assay/sdk/postOrder'
import type { Command } from 'commander'
import type { Hex } from 'viem'
import { getBlockNumber } from 'viem/actions'
import { urlsArgument } from './arguments.ts'
import { type Context, createContext } from './context.ts'
import { followJob } from './followJob.ts'
import { orderArgument, readOrder } from './orderReport.ts'
import { facts, table } from './output.ts'

/** What one worker's desk said. */
type Reply = { url: string; taken: boolean; detail: string }

const lookMs = 2000

/** No worker that was asked takes the order. */
export class OrderUntakenError extends Error {
  override readonly name = 'OrderUntakenError'
  readonly jobId: Hex

  constructor({ jobId, detail }: { jobId: Hex; detail: string }) {
    super(`No worker takes order ${jobId}: ${detail}`)
    this.jobId = jobId
  }
}

/** Adds `assay order post`. */
export function addOrderPostCommand(order: Command, signal: AbortSignal): void {
  order
    .command('post')
    .addArgument(orderArgument())
    .description('store a signed order with the content service, and hand it to workers')
    .option('--to <urls>', 'where workers take signed orders (orders.port), separated by commas', urlsArgument)
    .option('--watch', 'wait for the answer')
    .addHelpText(
      'after',
      '\nWithout --to it prints the CID only, for whoever relays it.\nExample: assay order post order.json --to http://127.0.0.1:9091 --watch',
    )
    .action((named: string, options: { to?: string[]; watch?: boolean }, command: Command) =>
      post(createContext(command, signal), { named, urls: options.to ?? [], watch: options.watch ?? false }),
    )
}

async function post(
  context: Context,
  { named, urls, watch }: { named: string; urls: string[]; watch: boolean },
): Promise<void> {
  const { output, signal } = context
  const deployment = context.network()
  const client = context.client()
  const signed = await readOrder(context, named)
  const fromBlock = await getBlockNumber(client, { cacheTime: 0 })
  const { contentApiUrl } = deployment
  const { jobId, cid } = await postOrder(client, { deployment, contentApiUrl, ...signed, signal })
  output.progress(`order ${jobId} is stored as ${cid}`)

  const offer = (workerUrl: string) => offerOrder({ workerUrl, deployment, ...signed }, signal)
  const replies = await Promise.all(urls.map((url) => replyOf(url, offer(url))))
  const takers = replies.filter(({ taken }) => taken).map(({ url }) => url)
  const failed = replies.find(({ taken }) => !taken)
  if (failed !== undefined && takers.length === 0) throw new OrderUntakenError({ jobId, detail: failed.detail })
  if (watch) return followOffer(context, { jobId, takers, fromBlock })
  const rows = replies.map(({ url, taken, detail }) => [taken ? '✓' : '✗', url, detail])
  const next: [string, string] =
    takers.length > 0 ? ['next', `assay job watch ${jobId}`] : ['next', `assay order relay ${cid}`]
  const text = facts([['job', jobId], ['cid', cid], next])
  output.result(
    { jobId, cid, workers: replies },
    rows.length === 0 ? text : `${text}\n\n${table(['', 'WORKER', 'SAYS'], rows)}`,
  )
}

async function replyOf(url: string, asking: ReturnType<typeof offerOrder>): Promise<Reply> {
  try {
    const { status, detail } = await asking
    return { url, taken: true, detail: detail ?? status }
  } catch (error) {
    if (error instanceof OfferRefusedError || error instanceof OrderDeskAwayError) {
      return { url, taken: false, detail: error.message }
    }
    throw error
  }
}

/** Follows the job to its end, or until every worker that took the order has declined it. */
async function followOffer(
  context: Context,
  { jobId, takers, fromBlock }: { jobId: Hex; takers: string[]; fromBlock: bigint },
): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const following = followJob({ ...context, signal }, jobId, fromBlock)
  const declined = untilDeclined({ jobId, takers }, signal)
  try {
    await Promise.race([following, declined])
  } finally {
    stop.abort()
    await Promise.allSettled([following, declined])
  }
}

/** Never resolves; throws when all have declined, or the signal's reason. */
async function untilDeclined({ jobId, takers }: { jobId: Hex; takers: string[] }, signal: AbortSignal): Promise<never> {
  for (;;) {
    await setTimeout(lookMs, undefined, { signal })
    const offers = await Promise.all(
      takers.map((workerUrl) => readOffer({ workerUrl, jobId }, signal).catch(() => undefined)),
    )
    const [first] = offers
    if (first !== undefined && offers.every((offer) => offer?.status === 'declined')) {
      throw new OrderUntakenError({ jobId, detail: first.detail ?? first.reason ?? first.status })
    }
  }
}
