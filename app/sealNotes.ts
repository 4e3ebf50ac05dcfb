import type { AnnouncementNotes } from '@assay/sdk/announceBeacon'
import type { PublishNotes, PublishRecord } from '@assay/sdk/publishModel'
import { type Hash, isHash } from 'viem'

/** What was done of sealing a ceremony, kept so that a reload goes on with it. */
export type SealNotes = {
  announcement: AnnouncementNotes
  publication: PublishNotes
  /** the transaction that registers the model, once it was sent */
  registration: AnnouncementNotes
  /** Forgets all but the announcement: the next run begins anew, and finds the model registered. */
  end: () => void
}

type State = { announcement?: Hash; registration?: Hash; publication?: PublishRecord }

/**
 * The notes of a ceremony in this browser. One that forbids storage keeps them as long as the page is open.
 * @param cid of the record that is sealed
 */
export function sealNotes(cid: string, storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage): SealNotes {
  const key = `assay.seal.${cid}`
  let state = readState(() => storage.getItem(key))
  const keep = (next: State) => {
    state = next
    try {
      storage.setItem(key, JSON.stringify(next))
    } catch {
      // Said above: nothing is lost until the page is left.
    }
  }
  const hashNotes = (name: 'announcement' | 'registration'): AnnouncementNotes => ({
    read: async () => state[name],
    write: async (hash) => {
      const { [name]: _, ...rest } = state
      keep(hash === undefined ? rest : { ...rest, [name]: hash })
    },
  })
  return {
    announcement: hashNotes('announcement'),
    registration: hashNotes('registration'),
    publication: {
      read: async () => state.publication ?? {},
      write: async (publication) => keep({ ...state, publication }),
    },
    end: () => keep(state.announcement === undefined ? {} : { announcement: state.announcement }),
  }
}

function readState(read: () => string | null): State {
  try {
    const kept: unknown = JSON.parse(read() ?? '{}')
    if (typeof kept !== 'object' || kept === null) return {}
    // Written by this page; hashes are looked up on chain, and what a publication notes is compared, before either is believed.
    const { announcement, registration, publication } = kept as State
    return {
      ...(isKept(announcement) && { announcement }),
      ...(isKept(registration) && { registration }),
      ...(typeof publication === 'object' && publication !== null && { publication }),
    }
  } catch {
    return {}
  }
}

function isKept(hash: unknown): hash is Hash {
  return typeof hash === 'string' && isHash(hash)
}
