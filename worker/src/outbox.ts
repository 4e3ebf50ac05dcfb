import type { Hex, TransactionReceipt } from 'viem'
import { BaseError, keccak256, parseTransaction, RpcRequestError } from 'viem'
import {
  estimateFeesPerGas,
  estimateGas,
  getBlock,
  getBlockNumber,
  getTransactionCount,
  getTransactionReceipt,
  sendRawTransaction,
} from 'viem/actions'
import { explainRevert } from './chainReverts.ts'
import { type Fees, feeCap, firstFees, presentPrice, replacementFees } from './fees.ts'
import { isAbandoned } from './isAbandoned.ts'
import { type ReasonCode, RetryableError } from './jobErrors.ts'
import type { WorkerLogger } from './log.ts'
import { callChain, type MarketChain } from './marketChain.ts'
import { pause, untilAborted } from './retry.ts'
import type { OutboxEntry, Store, StoredTransaction, TransactionKind } from './store.ts'
import { wasSkipped } from './wasSkipped.ts'

/** What a transaction is to do, for which jobs, and what it may cost; see {@link OutboxEntry}. */
export type TransactionRequest = Pick<OutboxEntry, 'jobIds' | 'kind' | 'to' | 'data' | 'maxCost' | 'gasReserved'>

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
   * Sends a transaction, or goes on with the one that was stored before for its first job, and waits until it is mined and confirmed.
   * A batch that was mined and in which the market skipped that job is not gone on with: what is asked for is sent.
   * One that does not get into a block is replaced with a higher fee, up to what it may cost; above that it waits.
   * Once it is over or too late for all its jobs it is not replaced but cancelled, so that later transactions get past its nonce.
   * @returns its receipt, whether it succeeded or reverted
   * @throws RetryableError when its nonce was used by another transaction, a cancellation included (`transaction-lost`), when a claim costs too much
   * (`fee-too-high`) or the chain does not answer before anything is signed; viem's errors when it would revert
   */
  send: (request: TransactionRequest, signal: AbortSignal) => Promise<TransactionReceipt>
  /** Looks once after everything that is not final. */
  tick: () => Promise<void>
  /** Does so until stopped. Without it nothing is sent. */
  run: (signal: AbortSignal) => Promise<void>
}

const gwei = 1_000_000_000n
const transferGas = 21_000n
/** Blocks on top of which a block is final on a chain that does not say so itself. */
const finalDepth = 64
/** Looks that have to find the same before a transaction is given up or a gap in the nonces filled. */
const looks = 3

/** How long it is remembered what was sent. */
const keptMs = 30 * 24 * 3600 * 1000

type Waiter = ReturnType<typeof Promise.withResolvers<TransactionReceipt>>

/** Makes the outbox of one key; nothing else may send with that key. */
export function createOutbox(
  {
    chain,
    store,
    limits,
    nextBlock = pause,
  }: {
    chain: MarketChain
    store: Store
    limits: OutboxLimits
    /** Waits for a block, or so many milliseconds. */
    nextBlock?: (milliseconds: number, signal: AbortSignal) => Promise<void>
  },
  logger: WorkerLogger,
): Outbox {
  const { client, account, network } = chain
  const ceiling = BigInt(limits.maxFeePerGasGwei) * gwei
  const waiters = new Map<number, Waiter>()
  /** Transactions that a node has answered for in this run, with a yes or a no; the others are sent again at each look. */
  const answered = new Set<Hex>()
  const sentAt = new Map<number, number>()
  const strikes = new Map<string, { count: number; height?: number | undefined }>()
  /** Blocks that hold what was mined, as this run saw them. */
  const places = new Map<number, { block: number; hash: Hex }>()
  let kick = Promise.withResolvers<void>()
  let finalSeen = { head: -1, final: -1 }

  store.pruneOutbox(Date.now() - keptMs)
  // What was not signed when the worker stopped is decided afresh by its job.
  for (const entry of store.liveEntries())
    if (entry.nonce === undefined) store.setEntry(entry.id, { status: 'dropped' })

  function log(
    level: 'info' | 'warn',
    entry: Pick<OutboxEntry, 'jobIds' | 'kind'>,
    line: Record<string, unknown> & { msg: string },
  ): void {
    const jobIds = entry.jobIds.length > 0 ? entry.jobIds : [undefined]
    for (const jobId of jobIds) logger[level]({ jobId, kind: entry.kind, ...line })
  }

  /** Whether the same was found often enough in a row; looks at one height of the chain count once, where it is told. */
  function isCertain(what: string, isSo: boolean, height?: number): boolean {
    const { count = 0, height: counted = -1 } = (isSo && strikes.get(what)) || {}
    if (height !== undefined && isSo && height <= counted) return false
    const next = isSo ? count + 1 : 0
    if (next === 0 || next >= looks) strikes.delete(what)
    else strikes.set(what, { count: next, height })
    return next >= looks
  }

  function giveUp(entry: OutboxEntry, error: unknown): void {
    const transactions = store.signedFor(entry.id).map(({ hash }) => ({ hash, status: 'dropped' as const }))
    store.setEntry(entry.id, { status: 'dropped', transactions })
    waiters.get(entry.id)?.reject(error)
    waiters.delete(entry.id)
    places.delete(entry.id)
  }

  /** Ends what was not signed yet; on a full disk it stays as it is, and the next look tries again. */
  function giveUpUnsigned(error: unknown): void {
    try {
      for (const entry of store.liveEntries()) if (entry.nonce === undefined) giveUp(entry, error)
    } catch (err) {
      logger.warn({ msg: 'transactions not given up', err })
    }
  }

  async function sign(
    { to, data, ...entry }: Pick<OutboxEntry, 'id' | 'jobIds' | 'kind' | 'to' | 'data'>,
    { nonce, fees, gas }: { nonce: number; fees: Fees; gas: bigint },
  ): Promise<Pick<StoredTransaction, 'hash' | 'raw'>> {
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: network.chainId,
      to,
      data,
      nonce,
      gas,
      ...fees,
    })
    const hash = keccak256(raw)
    store.addSigned({ hash, entry: entry.id, nonce, raw, ...fees })
    log('info', entry, { msg: 'transaction stored', hash, nonce })
    return { hash, raw }
  }

  async function signAndSend(...[entry, terms]: Parameters<typeof sign>): Promise<void> {
    await broadcast(entry, await sign(entry, terms))
  }

  /** A failed broadcast means nothing: the node may have taken it. What counts is what is mined. */
  async function broadcast(
    entry: Pick<OutboxEntry, 'id' | 'jobIds' | 'kind'>,
    { hash, raw }: Pick<StoredTransaction, 'hash' | 'raw'>,
  ): Promise<void> {
    sentAt.set(entry.id, performance.now())
    try {
      await sendRawTransaction(client, { serializedTransaction: raw })
      answered.add(hash)
      log('info', entry, { msg: 'transaction sent', hash })
    } catch (err) {
      if (err instanceof BaseError && err.walk((cause) => cause instanceof RpcRequestError) !== null) answered.add(hash)
      log('warn', entry, { msg: 'transaction not accepted', hash, err })
    }
  }

  /** First signatures: each takes the next nonce, unless what it costs is more than it may, and none waits for another's broadcast. */
  async function signFirst(entries: readonly OutboxEntry[]): Promise<void> {
    const outlook = () =>
      callChain(() =>
        Promise.all([
          estimateFeesPerGas(client),
          getTransactionCount(client, { address: account.address, blockTag: 'pending' }),
        ]),
      )
    const gasOf = ({ to, data }: OutboxEntry) =>
      callChain(() => estimateGas(client, { account: account.address, to, data }))
    const [[estimate, pending], ...needed] = await Promise.all([
      outlook(),
      ...entries.map((entry) => gasOf(entry).catch((err: unknown) => ({ err }))),
    ])
    const broadcasts: Promise<void>[] = []
    for (const [index, entry] of entries.entries()) {
      const gas = needed[index]
      try {
        if (typeof gas === 'object') throw gas.err
        const signed = await signWithin(entry, { estimate, pending, needed: gas ?? transferGas })
        if (signed !== undefined) broadcasts.push(broadcast(entry, signed))
      } catch (err) {
        // Nothing is signed yet, so the job may well decide afresh. What is signed stays, whatever the chain answers.
        if (store.signedFor(entry.id).length === 0) giveUp(entry, err)
        else log('warn', entry, { msg: 'transaction state unknown', err })
      }
    }
    await Promise.all(broadcasts)
  }

  async function signWithin(
    entry: OutboxEntry,
    { estimate, pending, needed }: { estimate: Fees; pending: number; needed: bigint },
  ): Promise<Pick<StoredTransaction, 'hash' | 'raw'> | undefined> {
    const { maxCost, gasReserved } = entry
    const cap = feeCap({ maxCost, gas: needed, gasReserved, ceiling })
    const fees = firstFees(estimate, cap)
    if (fees !== undefined) {
      // Pending counts may lag behind what was just sent from here.
      const taken = store.liveEntries().flatMap(({ nonce }) => (nonce === undefined ? [] : [nonce + 1]))
      return sign(entry, { nonce: Math.max(pending, ...taken), fees, gas: (needed * 13n) / 10n })
    }
    const detail = `Gas costs ${estimate.maxFeePerGas / gwei} gwei; the ${entry.kind} may pay ${cap / gwei} gwei (the job's price, chain.maxFeePerGasGwei).`
    if (entry.kind === 'claim') giveUp(entry, new RetryableError({ reason: 'fee-too-high', detail }))
    else park(entry, detail)
    return undefined
  }

  function park(entry: OutboxEntry, detail: string): void {
    if (entry.status === 'parked') return
    store.setEntry(entry.id, { status: 'parked' })
    log('warn', entry, { msg: 'transaction parked', detail })
  }

  /** Offers more when the price of gas has left the last offer behind, or sending it again has not helped. */
  async function replace(entry: OutboxEntry, last: StoredTransaction): Promise<void> {
    const isCancelled = isCancellation(entry, last)
    if (!isCancelled && (await isAbandoned(entry, { chain, store }))) return cancel(entry, last)
    const estimate = await estimateFeesPerGas(client)
    const isOld = Date.now() - last.createdAt > 2 * limits.replaceAfterSeconds * 1000
    if (!isOld && presentPrice(estimate) <= last.maxFeePerGas) return broadcast(entry, last)
    if (isCancelled) return cancel(entry, last)
    const gas = parseTransaction(last.raw).gas ?? transferGas
    const cap = feeCap({ maxCost: entry.maxCost, gas, gasReserved: entry.gasReserved, ceiling })
    const fees = replacementFees(last, { estimate, cap })
    if (fees !== undefined) {
      store.setSigned(last.hash, 'replaced')
      await signAndSend(entry, { nonce: last.nonce, fees, gas })
      return
    }
    park(entry, `A replacement has to offer more than ${cap / gwei} gwei, which is all it may.`)
    await broadcast(entry, last)
  }

  /** Uses up the entry's nonce with an empty transaction to the account itself, for which the entry's money reaches much further. */
  async function cancel(entry: OutboxEntry, last: StoredTransaction): Promise<void> {
    const estimate = await estimateFeesPerGas(client)
    const cap = feeCap({ maxCost: entry.maxCost, gas: transferGas, gasReserved: 0n, ceiling })
    const fees = replacementFees(last, { estimate, cap })
    if (fees === undefined) {
      park(entry, `Its cancellation has to offer more than ${cap / gwei} gwei, which is all it may.`)
      return broadcast(entry, last)
    }
    log('warn', entry, { msg: 'transaction cancelled', hash: last.hash, nonce: last.nonce })
    store.setSigned(last.hash, 'replaced')
    await signAndSend({ ...entry, to: account.address, data: '0x' }, { nonce: last.nonce, fees, gas: transferGas })
  }

  /** The entry of a job that may still do what it is for. */
  function workingEntry(of: { jobId: Hex; kind: TransactionKind }): OutboxEntry | undefined {
    const entry = store.liveEntry(of)
    const last = entry && store.signedFor(entry.id).at(-1)
    return entry && last && isCancellation(entry, last) ? undefined : entry
  }

  async function findReceipt(signed: readonly StoredTransaction[]): Promise<TransactionReceipt | undefined> {
    for (const { hash } of signed.toReversed()) {
      try {
        return await getTransactionReceipt(client, { hash })
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'TransactionReceiptNotFoundError') throw error
      }
    }
    return undefined
  }

  /** Height up to which nothing changes any more. */
  async function finalHeight(head: number): Promise<number> {
    if (finalSeen.head === head) return finalSeen.final
    const tagged = await getBlock(client, { blockTag: 'finalized' }).catch(() => undefined)
    const final = Math.min(head - finalDepth, Number(tagged?.number ?? head))
    finalSeen = { head, final }
    return final
  }

  async function handleMined(entry: OutboxEntry, { receipt, head }: { receipt: TransactionReceipt; head: number }) {
    const mined = Number(receipt.blockNumber)
    places.set(entry.id, { block: mined, hash: receipt.blockHash })
    const fate = receipt.status === 'success' ? ('mined' as const) : ('reverted' as const)
    const waiter = waiters.get(entry.id)
    const isFinal = mined <= (await finalHeight(head))
    const signed = store.signedFor(entry.id)
    const known = signed.find(({ hash }) => hash === receipt.transactionHash)
    // A reorganisation may move it to another block, or make it revert there, between two looks.
    const isMoved = known?.block !== mined || known.status !== fate
    if (entry.status !== 'mined' || isFinal || isMoved) {
      const transactions = signed.map(({ hash }) =>
        hash === receipt.transactionHash ? { hash, status: fate, block: mined } : { hash, status: 'replaced' as const },
      )
      store.setEntry(entry.id, { status: isFinal ? 'final' : 'mined', transactions })
    }
    if (isFinal) places.delete(entry.id)
    if (waiter === undefined || head - mined + 1 < limits.confirmations) return
    const hash = receipt.transactionHash
    const revert =
      fate === 'reverted' ? await explainRevert(chain, { ...entry, blockNumber: receipt.blockNumber }) : undefined
    log('info', entry, { msg: 'transaction confirmed', hash, status: receipt.status, ...(revert && { revert }) })
    waiters.delete(entry.id)
    const sent = store.signedFor(entry.id).find((signed) => signed.hash === hash)
    if (sent !== undefined && isCancellation(entry, sent)) waiter.reject(lost(entry))
    else waiter.resolve(receipt)
  }

  /** Whether what was mined is certain to be where it was: not final yet, and the chain was read through its block since. */
  function stands({ id, status }: OutboxEntry, final: number): boolean {
    const place = places.get(id)
    return status === 'mined' && place !== undefined && place.block > final && store.hashAt(place.block) === place.hash
  }

  /** Whether the chain was read with another block where it was mined. */
  function isGone({ id }: OutboxEntry): boolean {
    const place = places.get(id)
    const read = place && store.hashAt(place.block)
    return read !== undefined && read !== place?.hash
  }

  /** Whether it may be where it was seen mined, though an endpoint knows nothing of it: the chain was read with its block, or not so far yet. */
  function mayStand({ id }: OutboxEntry): boolean {
    const place = places.get(id)
    if (place === undefined) return false
    const read = store.hashAt(place.block)
    if (read !== undefined) return read === place.hash
    const cursor = store.cursor()
    return cursor !== undefined && cursor.block < place.block
  }

  async function handleSent(
    entry: OutboxEntry,
    { used, head, finding }: { used: number; head: number; finding: ReturnType<typeof findReceipt> },
  ): Promise<void> {
    const signed = store.signedFor(entry.id)
    const last = signed.at(-1)
    if (last === undefined) return
    const receipt = await finding
    // Its nonce is used and none of its hashes is known: another transaction took it, unless an endpoint lags. Blocks that come tell.
    const isMissing = receipt === undefined && used > last.nonce && entry.status !== 'mined' && !mayStand(entry)
    const isLost = isCertain(`lost ${entry.id}`, isMissing, head)
    if (receipt !== undefined) return handleMined(entry, { receipt, head })
    if (entry.status === 'mined') {
      log('warn', entry, { msg: 'transaction reorged', hash: last.hash })
      store.setEntry(entry.id, { status: 'sent', transactions: signed.map(({ hash }) => ({ hash, status: 'sent' })) })
      await broadcast(entry, last)
      return
    }
    if (isLost) {
      giveUp(entry, lost(entry))
    } else if (used <= last.nonce) {
      const waited = performance.now() - (sentAt.get(entry.id) ?? Number.NEGATIVE_INFINITY)
      if (!answered.has(last.hash)) await broadcast(entry, last)
      else if (waited > limits.replaceAfterSeconds * 1000) {
        // Only the first one waits for its fee; the others wait for the first one.
        if (used === last.nonce) await replace(entry, last)
        else await broadcast(entry, last)
      }
    }
  }

  /**
   * A nonce below the first one that waits here, which nobody has sent anything for, keeps all that follows from being mined. That of what
   * was mined and no longer is has an owner, who sends it again when the new branch is read.
   */
  async function fillGap(entries: OutboxEntry[], used: number): Promise<void> {
    const lowest = Math.min(
      ...entries.flatMap(({ status, nonce }) => (status === 'mined' || nonce === undefined ? [] : [nonce])),
    )
    const hasGap =
      Number.isFinite(lowest) &&
      used < lowest &&
      entries.every(({ nonce }) => nonce !== used) &&
      (await getTransactionCount(client, { address: account.address, blockTag: 'pending' })) < lowest
    if (!isCertain('gap', hasGap)) return
    const fees = await estimateFeesPerGas(client)
    const maxCost = ceiling * transferGas
    const filler = { kind: 'filler', jobIds: [], to: account.address, data: '0x', maxCost, gasReserved: 0n } as const
    const entry = store.addEntry({ ...filler, jobIds: [] })
    logger.warn({ msg: 'nonce gap', nonce: used, lowest })
    await signAndSend(entry, { nonce: used, fees, gas: transferGas })
  }

  async function tick(): Promise<void> {
    const entries = store.liveEntries()
    if (entries.length === 0) return
    // What waits for its signature goes first: looking after all that is not final yet takes many calls.
    const unsigned = entries.filter(({ nonce }) => nonce === undefined)
    if (unsigned.length > 0) {
      await signFirst(unsigned).catch((err: unknown) => {
        for (const entry of unsigned) if (store.signedFor(entry.id).length === 0) giveUp(entry, err)
      })
    }
    const [head, used] = await callChain(() =>
      Promise.all([
        getBlockNumber(client, { cacheTime: 0 }).then(Number),
        getTransactionCount(client, { address: account.address, blockTag: 'latest' }),
      ]),
    )
    const isNews = head !== finalSeen.head
    const signed = entries.filter(({ nonce }) => nonce !== undefined)
    const final = isNews && signed.length > 0 ? await finalHeight(head) : finalSeen.final
    // A mined one without a waiter is only looked after when its block is gone, or with new blocks while that is not certain.
    const changing = signed.filter(
      (entry) =>
        entry.status !== 'mined' || waiters.has(entry.id) || isGone(entry) || (isNews && !stands(entry, final)),
    )
    const found = changing.map((entry) => ({ entry, finding: findReceipt(store.signedFor(entry.id)) }))
    // Whoever looks after an entry hears of its failure.
    for (const { finding } of found) finding.catch(() => {})
    const looksAt = ({ entry, finding }: (typeof found)[number]) =>
      handleSent(entry, { used, head, finding }).catch((err: unknown) =>
        log('warn', entry, { msg: 'transaction state unknown', err }),
      )
    // The mined ones only have to be there still; the others may have to be sent in the order of their nonces.
    await Promise.all(found.filter(({ entry }) => entry.status === 'mined').map(looksAt))
    for (const one of found.filter(({ entry }) => entry.status !== 'mined')) await looksAt(one)
    await fillGap(entries, used)
  }

  return {
    hasPending: (of) => {
      const entry = workingEntry(of)
      return entry?.nonce !== undefined && entry.status !== 'mined'
    },
    send: async (request, signal) => {
      signal.throwIfAborted()
      const [first] = request.jobIds
      const stored = first && workingEntry({ jobId: first, kind: request.kind })
      if (first && stored?.status === 'mined') {
        const receipt = await callChain(() => findReceipt(store.signedFor(stored.id)))
        // Mined and good: nothing to send. Gone: the look after it sends the same again, and nothing else may be signed meanwhile.
        if (receipt?.status === 'success' && !wasSkipped(receipt, first)) return receipt
        if (receipt === undefined) store.setEntry(stored.id, { status: 'sent' })
      }
      const entry = stored && store.entry(stored.id)?.status !== 'mined' ? stored : store.addEntry(request)
      const waiter = waiters.get(entry.id) ?? Promise.withResolvers<TransactionReceipt>()
      waiters.set(entry.id, waiter)
      kick.resolve()
      return untilAborted(waiter.promise, signal)
    },
    tick,
    run: async (signal) => {
      while (!signal.aborted) {
        kick = Promise.withResolvers()
        const done = new AbortController()
        // Waited for from before the look: it may begin ahead of a block that comes while it lasts.
        const block = nextBlock(limits.pollMs, AbortSignal.any([signal, done.signal]))
        try {
          await tick()
        } catch (err) {
          logger.warn({ msg: 'transactions not looked after', err })
          giveUpUnsigned(err)
        }
        await Promise.race([kick.promise, block])
        done.abort()
      }
    },
  }
}

/** Whether it only uses up a nonce that was taken for something else. */
function isCancellation({ kind }: OutboxEntry, { raw }: StoredTransaction): boolean {
  return kind !== 'filler' && parseTransaction(raw).data === undefined
}

function lost({ kind, jobIds }: OutboxEntry): RetryableError {
  const reason: ReasonCode = 'transaction-lost'
  const jobs = jobIds.join(', ')
  return new RetryableError({
    reason,
    detail: `The ${kind} of job ${jobs} was overtaken by another transaction with the same nonce; the chain is read again.`,
  })
}
