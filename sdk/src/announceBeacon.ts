import { type Hash, type Hex, isAddressEqual, WaitForTransactionReceiptTimeoutError } from 'viem'
import { getBlock, getBlockNumber, getTransaction, sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import { announcedDelay, announcementOf, type CeremonyRecord } from './ceremonyRecord.ts'
import type { MarketClient } from './deployment.ts'
import { localChainIds } from './developmentAccounts.ts'
import { accountOf } from './sendCall.ts'

/** Blocks on top of the announced one before its hash is taken, where chains are reorganised. */
const confirmations = 12
const pollMs = 1000

/** An announced beacon that has come: the owner's transaction, and the block that it announced. */
export type AnnouncedBeacon = { transaction: Hash; block: number; blockHash: Hex }

/** Where an announcement outlives the process: the hash of its transaction, undefined while there is none. */
export type AnnouncementNotes = {
  read: () => Promise<Hash | undefined>
  write: (transaction: Hash | undefined) => Promise<void>
}

/** The transaction that was kept or sent as an announcement is none: the chain does not know it, or it says something else. */
export class BeaconUnannouncedError extends Error {
  override readonly name = 'BeaconUnannouncedError'
  readonly transaction: Hash

  constructor({ transaction, reason }: { transaction: Hash; reason: string }, options?: ErrorOptions) {
    super(
      `Transaction ${transaction} does not announce the beacon: ${reason}; seal again to announce it anew.`,
      options,
    )
    this.transaction = transaction
  }
}

/**
 * Announces a ceremony's beacon with a transaction of the owner to itself, and waits for the announced block. A transaction that the
 * notes keep is waited for instead, once the chain says that it announces this record.
 * @param options.delayBlocks how many blocks after the announcement the beacon's block comes
 * @param options.reader asked for blocks instead of the client that sends; on a local chain it makes them
 * @param options.onAnnounced told which block was announced, and which is the newest, as the chain goes on
 * @throws BeaconUnannouncedError, after which the notes are empty; viem's errors, or the signal's reason
 */
export async function announceBeacon(
  client: MarketClient,
  {
    record,
    delayBlocks,
    notes,
    reader = client,
    onAnnounced,
  }: {
    record: CeremonyRecord
    delayBlocks: number
    notes: AnnouncementNotes
    reader?: MarketClient
    onAnnounced?: (announced: { transaction: Hash; block: number; newest: number }) => void
  },
  signal?: AbortSignal,
): Promise<AnnouncedBeacon> {
  let sent = await notes.read()
  if (sent === undefined) {
    const account = accountOf(client)
    const data = announcementOf(record, delayBlocks)
    sent = await sendTransaction(client, { account, chain: client.chain ?? null, to: account.address, data })
    await notes.write(sent)
  }
  const isLocal = localChainIds.includes(record.chainId)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { transaction, block } = await readAnnouncement(reader, { record, sent })
      if (transaction !== sent) await notes.write(transaction)
      sent = transaction
      const newest = Number(await getBlockNumber(reader, { cacheTime: 0 }))
      onAnnounced?.({ transaction, block, newest })
      if (newest >= block + (isLocal ? 0 : confirmations)) {
        const { hash } = await getBlock(reader, { blockNumber: BigInt(block) })
        return { transaction, block, blockHash: hash }
      }
      if (isLocal) await mineBlock(reader)
      else await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  } catch (error) {
    if (error instanceof BeaconUnannouncedError) await notes.write(undefined)
    throw error
  }
}

/** What the chain says of the announcement now: a reorganisation may have moved it, and a wallet sent it with another fee. */
async function readAnnouncement(
  client: MarketClient,
  { record, sent }: { record: CeremonyRecord; sent: Hash },
): Promise<{ transaction: Hash; block: number }> {
  const { transactionHash: transaction, blockNumber } = await waitForTransactionReceipt(client, { hash: sent }).catch(
    (cause: unknown) => {
      if (!(cause instanceof WaitForTransactionReceiptTimeoutError)) throw cause
      throw new BeaconUnannouncedError({ transaction: sent, reason: 'no block has it' }, { cause })
    },
  )
  const { from, input } = await getTransaction(client, { hash: transaction })
  const delay = announcedDelay(record, input)
  if (delay === undefined || !isAddressEqual(from, record.owner)) {
    throw new BeaconUnannouncedError({ transaction, reason: "it is not the owner's word on this record" })
  }
  return { transaction, block: Number(blockNumber) + delay }
}

/** A local chain makes a block when something is sent, and nobody else may. */
async function mineBlock(client: MarketClient): Promise<void> {
  await client.request<{ Method: 'evm_mine'; Parameters: []; ReturnType: unknown }>({ method: 'evm_mine', params: [] })
}
