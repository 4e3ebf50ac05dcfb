import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeAtomic } from '@assay/circuits/setupCache'
import { canonicalJson, type ManifestDraft } from '@assay/sdk/manifest'
import type { PublishNotes, PublishRecord } from '@assay/sdk/publishModel'
import type { Hex } from 'viem'
import { FileUnreadableError, readJson } from './readFiles.ts'

/** A prepared model: the digests of its files, and what its manifest and its registration say. */
export type PreparedRecord = {
  draft: ManifestDraft
  /** SHA-256, of the bytes in the folder */
  graph: Hex
  zkey: { path: string; sha256: Hex }
  sample: { proof: Hex; signals: string[] }
}

/** What a publication has done so far, in a file of its own. */
export type PublicationFile = PublishNotes & {
  prepared: () => PreparedRecord | undefined
  setPrepared: (prepared: PreparedRecord) => Promise<void>
  /** Ends it: the next run begins anew, and finds the model registered. */
  remove: () => Promise<void>
}

type State = { publication: 1; prepared?: PreparedRecord } & PublishRecord

const maxStateBytes = 8 * 1024 * 1024

/**
 * Opens the file in which a publication notes each step when it is done, whole or not at all, for a run after a failure.
 * @throws FileUnreadableError when it holds something else
 */
export function openPublication(path: string): PublicationFile {
  let state = readState(path)
  const write = async (next: State) => {
    await mkdir(dirname(path), { recursive: true })
    await writeAtomic(path, `${canonicalJson(next)}\n`)
    state = next
  }
  return {
    read: async () => {
      const { publication: _, prepared: __, ...record } = state
      return record
    },
    write: (record) => write({ publication: 1, ...(state.prepared && { prepared: state.prepared }), ...record }),
    prepared: () => state.prepared,
    setPrepared: (prepared) => write({ ...state, prepared }),
    remove: () => rm(path, { force: true }),
  }
}

function readState(path: string): State {
  if (!existsSync(path)) return { publication: 1 }
  const state = readJson(path, maxStateBytes)
  if (typeof state !== 'object' || state === null || !('publication' in state) || state.publication !== 1) {
    throw new FileUnreadableError({ path, reason: 'is no record of a publication; remove it and publish again' })
  }
  // Written by this program, and each digest in it is compared before anything is done with it.
  return state as State
}
