import type { Address, Hex, TransactionReceipt } from 'viem'
import { BaseError, keccak256, RpcRequestError } from 'viem'
import {
  estimateFeesPerGas,
  estimateGas,
  getBlockNumber,
  getTransactionCount,
  getTransactionReceipt,
  sendRawTransaction,
} from 'viem/actions'
import { RetryableError } from './jobErrors.ts'
import type { WorkerLogger } from './log.ts'
import { callChain, type MarketChain } from './marketChain.ts'
import { pause } from './retry.ts'
import type { Store, StoredTransaction, TransactionKind } from './store.ts'

/** What a transaction is to do. */
export type TransactionRequest = { jobId: Hex; kind: TransactionKind; to: Address; data: Hex }

/** How the outbox waits and what it may pay. */
export type OutboxLimits = {
  pollMs: number
  confirmations: number
  replaceAfterSeconds: number
  maxFeePerGasGwei: number
}

/** Sends transactions that survive the worker: each is signed and stored before anyone else sees it. */
export type Outbox = {
  /** Whether a transaction of this kind was signed for the job and its fate is not known. */
  hasPending: (of: { jobId: Hex; kind: TransactionKind }) => boolean
  /**
   * Sends a transaction, or goes on with the one that was stored before, and waits until it is mined and confirmed.
   * One that does not get into a block is replaced with a higher fee, up to the configured limit.
   * @returns its receipt, whether it succeeded or reverted
   * @throws RetryableError when its nonce was used by another transaction (`transaction-lost`) or the chain does not answer before anything is signed
   */
  send: (request: TransactionRequest, signal: AbortSignal) => Promise<TransactionReceipt>
}

const gwei = 1_000_000_000n

/** Makes the outbox of one key; nothing else may send with that key. */
export function createOutbox(
  { chain, store, limits }: { chain: MarketChain; store: Store; limits: OutboxLimits },
  logger: WorkerLogger,
): Outbox {
  const { client, account, network } = chain
  const maxFee = BigInt(limits.maxFeePerGasGwei) * gwei
  let turn: Promise<unknown> = Promise.resolve()
  let nextNonce = 0

  /** One at a time: a nonce is read, used and stored before the next one is read. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }

  async function sign(
    { jobId, kind, to, data }: TransactionRequest,
    { nonce, fees, gas }: { nonce: number; fees: { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }; gas: bigint },
  ): Promise<StoredTransaction> {
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: network.chainId,
      to,
      data,
      nonce,
      gas,
      ...fees,
    })
    const signed = { hash: keccak256(raw), jobId, kind, nonce, raw, maxFeePerGas: fees.maxFeePerGas }
    store.addTransaction(signed)
    logger.info({ msg: 'transaction stored', jobId, kind, hash: signed.hash, nonce })
    return signed
  }

  /** Transactions that a node has answered for in this run, with a yes or a no; the others are sent again at each look. */
  const answered = new Set<Hex>()

  /** A failed broadcast means nothing: the node may have taken it. What counts is what is mined. */
  async function broadcast({ raw, hash, jobId, kind }: StoredTransaction): Promise<void> {
    try {
      await sendRawTransaction(client, { serializedTransaction: raw })
      answered.add(hash)
      logger.info({ msg: 'transaction sent', jobId, kind, hash })
    } catch (err) {
      if (err instanceof BaseError && err.walk((cause) => cause instanceof RpcRequestError) !== null) answered.add(hash)
      logger.warn({ msg: 'transaction not accepted', jobId, kind, hash, err })
    }
  }

  async function signFirst(request: TransactionRequest): Promise<StoredTransaction> {
    return inTurn(async () => {
      const { to, data } = request
      const [fees, gas, count] = await callChain(() =>
        Promise.all([
          estimateFeesPerGas(client),
          estimateGas(client, { account, to, data }),
          getTransactionCount(client, { address: account.address, blockTag: 'pending' }),
        ]),
      )
      if (fees.maxFeePerGas > maxFee) {
        throw new RetryableError({
          reason: 'chain-unavailable',
          detail: `Gas costs ${fees.maxFeePerGas / gwei} gwei; chain.maxFeePerGasGwei allows ${limits.maxFeePerGasGwei}.`,
        })
      }
      // Pending counts may lag behind what was just sent from here.
      const nonce = store.pendingTransactions().some((sent) => sent.nonce === nextNonce - 1)
        ? Math.max(count, nextNonce)
        : count
      nextNonce = nonce + 1
      const signed = await sign(request, { nonce, fees, gas: (gas * 13n) / 10n })
      await broadcast(signed)
      return signed
    })
  }

  async function replace(request: TransactionRequest, last: StoredTransaction): Promise<StoredTransaction | undefined> {
    const maxFeePerGas = (last.maxFeePerGas * 125n) / 100n + 1n
    if (maxFeePerGas > maxFee) return undefined
    const { to, data } = request
    const gas = await estimateGas(client, { account, to, data })
    // A tip of the whole fee: the base fee has already left the first one behind.
    return sign(request, {
      nonce: last.nonce,
      fees: { maxFeePerGas, maxPriorityFeePerGas: maxFeePerGas },
      gas: (gas * 13n) / 10n,
    })
  }

  async function findReceipt(sent: readonly StoredTransaction[]): Promise<TransactionReceipt | undefined> {
    for (const { hash } of sent) {
      try {
        return await getTransactionReceipt(client, { hash })
      } catch (error) {
        // viem throws this for a transaction that is not mined.
        if (!(error instanceof Error) || error.name !== 'TransactionReceiptNotFoundError') throw error
      }
    }
    return undefined
  }

  async function isConfirmed(receipt: TransactionReceipt): Promise<boolean> {
    const head = await getBlockNumber(client, { cacheTime: 0 })
    return head - receipt.blockNumber + 1n >= BigInt(limits.confirmations)
  }

  async function wait(request: TransactionRequest, signal: AbortSignal): Promise<TransactionReceipt> {
    let lastSent = Date.now()
    for (;;) {
      signal.throwIfAborted()
      const sent = store.pendingTransactions(request)
      const last = sent.at(-1)
      if (last === undefined) throw lost(request)
      try {
        const receipt = await findReceipt(sent)
        if (receipt !== undefined && (await isConfirmed(receipt))) {
          for (const { hash } of sent)
            store.resolveTransaction(hash, hash === receipt.transactionHash ? outcomeOf(receipt) : 'dropped')
          logger.info({
            msg: 'transaction confirmed',
            jobId: request.jobId,
            kind: request.kind,
            hash: receipt.transactionHash,
            status: receipt.status,
          })
          return receipt
        }
        if (receipt === undefined) {
          const used = await getTransactionCount(client, { address: account.address, blockTag: 'latest' })
          // Mined between the two reads, unless a second look finds nothing either.
          if (used > last.nonce && (await findReceipt(sent)) === undefined) {
            for (const { hash } of sent) store.resolveTransaction(hash, 'dropped')
            throw lost(request)
          }
          if (!answered.has(last.hash)) {
            await broadcast(last)
          } else if (Date.now() - lastSent > limits.replaceAfterSeconds * 1000) {
            await broadcast((await replace(request, last)) ?? last)
            lastSent = Date.now()
          }
        }
      } catch (error) {
        if (error instanceof RetryableError) throw error
        logger.warn({ msg: 'transaction state unknown', jobId: request.jobId, kind: request.kind, err: error })
      }
      await pause(limits.pollMs, signal)
    }
  }

  return {
    hasPending: (of) => store.pendingTransactions(of).length > 0,
    send: async (request, signal) => {
      const stored = store.pendingTransactions(request)
      if (stored.length === 0) await signFirst(request)
      else if ((await callChain(() => findReceipt(stored))) === undefined)
        for (const sent of stored) await broadcast(sent)
      return wait(request, signal)
    },
  }
}

function outcomeOf(receipt: TransactionReceipt): 'mined' | 'reverted' {
  return receipt.status === 'success' ? 'mined' : 'reverted'
}

function lost({ kind, jobId }: TransactionRequest): RetryableError {
  return new RetryableError({
    reason: 'transaction-lost',
    detail: `The ${kind} of job ${jobId} was overtaken by another transaction with the same nonce.`,
  })
}
