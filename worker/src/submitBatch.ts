import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import type { JobOrder } from '@assay/sdk/order'
import { encodeFunctionData, type Hex } from 'viem'
import { getGasPrice } from 'viem/actions'
import { submitAllowance } from './fees.ts'
import type { WorkerLogger } from './log.ts'
import type { MarketChain } from './marketChain.ts'
import type { Outbox, TransactionRequest } from './outbox.ts'
import { pause } from './retry.ts'

/** When answers go together: a batch of 8 costs about 105,000 gas for each, one alone 285,000. */
export type BatchLimits = {
  /** Most answers in one transaction. */
  batchMax: number
  /** Seconds that an answer waits for others at most. */
  batchWaitSeconds: number
  /** Below this price of gas an answer does not wait: what is saved is not worth the time. */
  batchAboveGwei: number
}

/** An answer that is ready to be handed in, with its claim's price and the time that it is due. */
export type ReadyAnswer = {
  jobId: Hex
  order: JobOrder
  result: { outputs: readonly bigint[]; evidence: Hex }
  price: bigint
  due: number
}

/** Hands in answers, alone or together. */
export type SubmitBatch = {
  /**
   * Resolves when the transaction that carries the answer is mined and confirmed, whatever the market made of it.
   * @throws as the outbox does
   */
  send: (answer: ReadyAnswer) => Promise<void>
}

/** Seconds before its due time from which on an answer waits for nothing. */
const dueMargin = 120
const checkMs = 250

/** What the decision to send or to wait looks at; `due` and `now` in unix seconds, the price of gas in wei. */
export type BatchOutlook = {
  waiting: { waitedSeconds: number; due: number }[]
  others: number
  gasPrice: bigint
  now: number
}

/** Whether the waiting answers are to go now: the batch is full, nothing more is under way, or waiting costs more than it saves. */
export function isBatchDue({ waiting, others, gasPrice, now }: BatchOutlook, limits: BatchLimits): boolean {
  if (waiting.length >= limits.batchMax || others === 0) return true
  if (gasPrice < BigInt(limits.batchAboveGwei) * 1_000_000_000n) return true
  return waiting.some(({ waitedSeconds, due }) => waitedSeconds >= limits.batchWaitSeconds || due - now <= dueMargin)
}

/**
 * Makes the hand-in of one worker.
 * @param parts.others number of claimed jobs whose answer is not ready yet
 */
export function createSubmitBatch(
  {
    chain,
    outbox,
    limits,
    others,
  }: { chain: MarketChain; outbox: Pick<Outbox, 'hasPending' | 'send'>; limits: BatchLimits; others: () => number },
  { logger, signal }: { logger: WorkerLogger; signal: AbortSignal },
): SubmitBatch {
  type Waiting = ReadyAnswer & { readySince: number; sent: ReturnType<typeof Promise.withResolvers<void>> }
  let waiting: Waiting[] = []
  let isCollecting = false

  async function flush(batch: Waiting[]): Promise<void> {
    if (batch.length > 1) logger.info({ msg: 'answers go together', jobIds: batch.map(({ jobId }) => jobId) })
    try {
      await outbox.send(requestOf(batch, chain.network.addresses.jobMarket), signal)
      for (const { sent } of batch) sent.resolve()
    } catch (error) {
      // A batch that cannot be sent as a whole says nothing of its entries; each is tried again by its own job.
      for (const { sent } of batch) sent.reject(error)
    }
  }

  async function collect(): Promise<void> {
    isCollecting = true
    try {
      while (waiting.length > 0) {
        const now = Math.floor(Date.now() / 1000)
        const isAlone = waiting.length >= limits.batchMax || others() - waiting.length <= 0
        // Without a price of gas nothing is known to be saved.
        const gasPrice = isAlone ? 0n : await getGasPrice(chain.client).catch(() => 0n)
        const ready = waiting.map(({ readySince, due }) => ({
          waitedSeconds: (performance.now() - readySince) / 1000,
          due,
        }))
        if (signal.aborted || isBatchDue({ waiting: ready, others: others() - ready.length, gasPrice, now }, limits)) {
          const batch = waiting.slice(0, limits.batchMax)
          waiting = waiting.slice(limits.batchMax)
          void flush(batch)
        } else {
          await pause(checkMs, signal)
        }
      }
    } finally {
      isCollecting = false
    }
  }

  return {
    send: async (answer) => {
      if (outbox.hasPending({ jobId: answer.jobId, kind: 'submit' })) {
        await outbox.send(requestOf([answer], chain.network.addresses.jobMarket), signal)
        return
      }
      const sent = Promise.withResolvers<void>()
      waiting.push({ ...answer, readySince: performance.now(), sent })
      if (!isCollecting) void collect()
      await sent.promise
    },
  }
}

function requestOf(batch: ReadyAnswer[], market: Hex): TransactionRequest {
  const [first] = batch
  const allowances = batch.map(({ price, order }) => submitAllowance({ price, bond: order.bond }))
  const entries = batch.map(({ order, result }) => ({ order, result: { ...result, outputs: [...result.outputs] } }))
  const data =
    batch.length === 1 && first !== undefined
      ? encodeFunctionData({
          abi: jobMarketAbi,
          functionName: 'submitResult',
          args: [first.order, first.result],
        })
      : encodeFunctionData({ abi: jobMarketAbi, functionName: 'submitResults', args: [entries] })
  return {
    jobIds: batch.map(({ jobId }) => jobId),
    kind: 'submit',
    to: market,
    data,
    maxCost: allowances.reduce((sum, allowance) => sum + allowance, 0n),
    gasReserved: 0n,
  }
}
