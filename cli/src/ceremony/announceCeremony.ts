import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '@assay/circuits/setupCache'
import { type AnnouncedBeacon, type AnnouncementNotes, announceBeacon } from '@assay/sdk/announceBeacon'
import type { CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import type { MarketClient } from '@assay/sdk/deployment'
import { type Hash, isHash } from 'viem'
import { readJson } from '../readFiles.ts'
import type { CeremonyPlace } from './ceremonyFiles.ts'

/**
 * Announces a ceremony's beacon and waits for its block, as `announceBeacon` of sdk does. A run that broke off goes on with its
 * announcement.
 * @param options.delayBlocks how many blocks after the announcement the beacon's block comes
 */
export async function announceCeremony(
  { folder, signal, progress }: CeremonyPlace,
  {
    client,
    record,
    cid,
    delayBlocks,
  }: { client: MarketClient; record: CeremonyRecord; cid: string; delayBlocks: number },
): Promise<AnnouncedBeacon> {
  let told: string | undefined
  const onAnnounced = ({ transaction, block }: { transaction: Hash; block: number }) => {
    const sentence = `announced in transaction ${transaction}; the beacon is the hash of block ${block}`
    if (sentence !== told) progress(sentence)
    told = sentence
  }
  const notes = notesIn({ folder, cid })
  return announceBeacon(client, { record, delayBlocks, notes, onAnnounced }, signal)
}

function notesIn({ folder, cid }: { folder: string; cid: string }): AnnouncementNotes {
  const path = join(folder, `${cid}.announcement.json`)
  return {
    read: async () => readNote(path),
    write: async (transaction) => {
      if (transaction === undefined) return rm(path, { force: true })
      await mkdir(folder, { recursive: true })
      await writeAtomic(path, JSON.stringify({ transaction }))
    },
  }
}

function readNote(path: string): Hash | undefined {
  if (!existsSync(path)) return undefined
  const note = readJson(path, 4096)
  if (typeof note !== 'object' || note === null || !('transaction' in note)) return undefined
  const { transaction } = note
  return typeof transaction === 'string' && isHash(transaction) ? transaction : undefined
}
