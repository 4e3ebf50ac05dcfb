import type { CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import type { MarketClient, Network } from '@assay/sdk/deployment'
import type { EnterStage } from './hooks/useStagedRun'
import { nextTurn } from './nextTurn'
import { maxBrowserKeyBytes } from './prover/limits'
import { proverThreads, runProver } from './prover/runProver'

/** Stages of a contribution, in their order. */
export type ContributionStage = 'fetch' | 'multiply' | 'check' | 'sign' | 'store'

/** A contribution that was stored: the CID of the record to hand on, and the hash to stand by. */
export type StoredContribution = { cid: string; blake2b: string; name: string }

/**
 * Contributes to a ceremony in this browser, as `assay model contribute` does: fetches the key and checks it against its record, has
 * it multiplied by a secret that nobody keeps, checks what came of it, signs, and stores key and record.
 * @param contribution.entropy mixed into the secret, which the browser's own random source draws
 * @throws ContentTooLargeError for a key above {@link maxBrowserKeyBytes}, and all that fetching, checking, signing and storing throw
 */
export async function contributeHere(
  { client, network }: { client: MarketClient; network: Network },
  {
    record,
    name,
    entropy,
    enter,
    signal,
  }: {
    record: CeremonyRecord
    name: string
    entropy: string
    enter: EnterStage<ContributionStage>
    signal: AbortSignal
  },
): Promise<StoredContribution> {
  enter('fetch')
  const [{ acceptContribution, expectContributions, readCeremonyKey }, { fetchContent }] = await Promise.all([
    import('@assay/sdk/ceremonyKey'),
    import('@assay/sdk/content'),
  ])
  const { cid, bytes } = record.files.zkey
  const maxBytes = Math.min(bytes, maxBrowserKeyBytes)
  const before = await fetchContent({ gatewayUrl: network.gatewayUrl, cid, maxBytes }, signal)
  expectContributions(record, await readCeremonyKey(before))

  enter('multiply')
  const task = { kind: 'contribute', threads: proverThreads(before.length), zkey: before, name, entropy } as const
  const { zkey: after } = await runProver<'contribute'>(task, { signal })

  enter('check')
  const { hash } = await acceptContribution({ before, after, name, pause: nextTurn }, signal)

  enter('sign')
  const { encodeCeremony, signContribution } = await import('@assay/sdk/ceremonyRecord')
  const said = { index: record.contributions.length, name, blake2b: hash }
  const contribution = await signContribution(client, { record, ...said })
  signal.throwIfAborted()

  enter('store')
  const [{ addFiles }, { describeFile }] = await Promise.all([
    import('@assay/sdk/addFiles'),
    import('@assay/sdk/publishModel'),
  ])
  const files = { ...record.files, zkey: await describeFile(after) }
  const next = encodeCeremony({ ...record, files, contributions: [...record.contributions, contribution] })
  const [, stored] = await addFiles({ apiUrl: network.contentApiUrl, files: [after, next] }, signal)
  return { cid: stored ?? '', blake2b: hash, name }
}
