import {
  type Account,
  type Address,
  type Hash,
  type Hex,
  keccak256,
  parseTransaction,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
  type TransactionSerializable,
} from 'viem'
import {
  getTransaction,
  getTransactionCount,
  getTransactionReceipt,
  prepareTransactionRequest,
  sendRawTransaction,
  sendTransaction,
} from 'viem/actions'
import type { MarketClient } from './deployment.ts'

/** Where a signed transaction outlives the process: what was written before it was sent is sent again, and no second one. */
export type Outbox = { read: () => Promise<Hex | undefined>; write: (signed: Hex) => Promise<void> }

type Sending = { account: Account; to: Address; data: Hex; value: bigint }

/** Signs, keeps and sends a transaction, in this order; a wallet elsewhere signs and sends at once, and nothing is kept. */
export async function sendKept(
  client: MarketClient,
  { request, outbox }: { request: Sending; outbox: Outbox },
): Promise<Hash> {
  const { account } = request
  const chain = client.chain ?? null
  if (account.type !== 'local') return sendTransaction(client, { ...request, chain })
  const prepared = await prepareTransactionRequest(client, { ...request, chain })
  // Prepared with this account's fees, nonce and gas: all that a signature covers.
  const signed = await account.signTransaction(prepared as TransactionSerializable)
  await outbox.write(signed)
  return sendRawTransaction(client, { serializedTransaction: signed })
}

/**
 * Sends what the outbox keeps once more, unless it was mined.
 * @returns its hash; undefined when there is none, its nonce went to another one, or it reverted, so that it never does anything
 */
export async function resendKept(client: MarketClient, outbox: Outbox): Promise<Hash | undefined> {
  const signed = await outbox.read()
  if (signed === undefined || client.account === undefined) return undefined
  const hash = keccak256(signed)
  const mined = await getTransactionReceipt(client, { hash }).catch(unlessFound)
  if (mined !== undefined) return mined.status === 'success' ? hash : undefined
  const { nonce = 0 } = parseTransaction(signed)
  if ((await getTransactionCount(client, { address: client.account.address })) > nonce) return undefined
  try {
    await sendRawTransaction(client, { serializedTransaction: signed })
  } catch (error) {
    // A node that has it refuses it a second time.
    if ((await getTransaction(client, { hash }).catch(unlessFound)) === undefined) throw error
  }
  return hash
}

function unlessFound(error: unknown): undefined {
  if (error instanceof TransactionReceiptNotFoundError || error instanceof TransactionNotFoundError) return undefined
  throw error
}
