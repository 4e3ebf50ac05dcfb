import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '@assay/circuits/setupCache'
import { announcementOf, type CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import type { MarketClient } from '@assay/sdk/deployment'
import { localChainIds } from '@assay/sdk/developmentAccounts'
import { accountOf } from '@assay/sdk/sendCall'
import { type Hash, type Hex, isHash } from 'viem'
import { getBlock, getBlockNumber, sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import { readJson } from '../readFiles.ts'
import type { CeremonyPlace } from './ceremonyFiles.ts'

/** Blocks on top of the announced one before its hash is taken, where chains are reorganised. */
const confirmations = 12
const pollMs = 1000

/** An announced beacon that has come. */
export type AnnouncedBeacon = { transaction: Hash; block: number; blockHash: Hex }

/**
 * Announces a ceremony's beacon with a transaction of the owner to itself, and waits for the announced block. A run that broke
 * off goes on with its announcement.
 * @param options.delayBlocks how many blocks after the announcement the beacon's block comes
 */
export async function announceCeremony(
  place: CeremonyPlace,
  {
    client,
    record,
    cid,
    delayBlocks,
  }: { client: MarketClient; record: CeremonyRecord; cid: string; delayBlocks: number },
): Promise<AnnouncedBeacon> {
  const { network, folder, signal, progress } = place
  const isLocal = localChainIds.includes(network.chainId)
  const notePath = join(folder, `${cid}.announcement.json`)
  const note = readNote(notePath)
  const delay = note?.delayBlocks ?? delayBlocks
  const transaction = note?.transaction ?? (await announce())
  const receipt = await waitForTransactionReceipt(client, { hash: transaction })
  const announced = receipt.blockNumber + BigInt(delay)
  progress(`announced in transaction ${transaction}; the beacon is the hash of block ${announced}`)
  const waitFor = announced + BigInt(isLocal ? 0 : confirmations)
  while ((await getBlockNumber(client, { cacheTime: 0 })) < waitFor) {
    signal.throwIfAborted()
    // A local chain makes a block when something is sent, and nobody else may.
    if (isLocal)
      await client.request<{ Method: 'evm_mine'; Parameters: []; ReturnType: unknown }>({
        method: 'evm_mine',
        params: [],
      })
    else await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  const { hash } = await getBlock(client, { blockNumber: announced })
  return { transaction, block: Number(announced), blockHash: hash }

  async function announce(): Promise<Hash> {
    const account = accountOf(client)
    const data = announcementOf(record, delay)
    const hash = await sendTransaction(client, { account, chain: client.chain ?? null, to: account.address, data })
    await mkdir(folder, { recursive: true })
    await writeAtomic(notePath, JSON.stringify({ transaction: hash, delayBlocks: delay }))
    return hash
  }
}

function readNote(path: string): { transaction: Hash; delayBlocks: number } | undefined {
  if (!existsSync(path)) return undefined
  const note = readJson(path, 4096)
  if (typeof note !== 'object' || note === null) return undefined
  if (!('transaction' in note && 'delayBlocks' in note)) return undefined
  const { transaction, delayBlocks } = note
  if (typeof transaction !== 'string' || !isHash(transaction) || typeof delayBlocks !== 'number') return undefined
  return { transaction, delayBlocks }
}
