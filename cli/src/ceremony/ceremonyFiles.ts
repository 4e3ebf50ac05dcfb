import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StepProgress } from '@assay/circuits/checkModel'
import { compile } from '@assay/circuits/compile'
import type { ExactGraph } from '@assay/circuits/exactGraph'
import { decodeGraph, graphId } from '@assay/circuits/graphFile'
import type { R1cs } from '@assay/circuits/r1cs'
import { writeAtomic } from '@assay/circuits/setupCache'
import { addFiles } from '@assay/sdk/addFiles'
import { expectSame } from '@assay/sdk/ceremonyKey'
import { type CeremonyRecord, encodeCeremony, maxCeremonyBytes, parseCeremony } from '@assay/sdk/ceremonyRecord'
import { cidOf, fetchContent } from '@assay/sdk/content'
import type { Network } from '@assay/sdk/deployment'
import { describeFile } from '@assay/sdk/publishModel'
import { stepNames } from '../stepNames.ts'

/** Where a step of a ceremony reads and writes. `folder` keeps files that a broken-off step goes on with. */
export type CeremonyPlace = {
  network: Network
  folder: string
  signal: AbortSignal
  progress: (step: string, done?: StepProgress) => void
}

/** Fetches a ceremony's record and checks every contributor's signature. */
export async function fetchCeremony(place: CeremonyPlace, cid: string): Promise<CeremonyRecord> {
  const { network, signal } = place
  const bytes = await fetchContent({ gatewayUrl: network.gatewayUrl, cid, maxBytes: maxCeremonyBytes }, signal)
  const record = await parseCeremony(bytes)
  expectSame({ what: 'chain', actual: String(record.chainId), expected: String(network.chainId) })
  return record
}

/** Fetches one file of a ceremony into the folder, unless it lies there; every block is checked against the CID. */
export async function fetchCeremonyFile(
  { network, folder, signal, progress }: CeremonyPlace,
  { cid, bytes: maxBytes }: CeremonyRecord['files']['zkey'],
): Promise<string> {
  const path = join(folder, cid)
  if (existsSync(path)) return path
  progress(`fetching ${cid} (${maxBytes} bytes)`)
  await mkdir(folder, { recursive: true })
  await writeAtomic(path, await fetchContent({ gatewayUrl: network.gatewayUrl, cid, maxBytes }, signal))
  return path
}

/** Fetches the graph of a ceremony, checks that it is the one that will be published, and writes its constraints. */
export async function fetchCircuit(
  place: CeremonyPlace,
  { files, manifest }: CeremonyRecord,
): Promise<{ graph: ExactGraph; r1cs: R1cs }> {
  const graph = decodeGraph(await readFile(await fetchCeremonyFile(place, files.graph)))
  expectSame({ what: 'graph', actual: graphId(graph), expected: manifest.graphId })
  return { graph, r1cs: compile(graph) }
}

/** A record whose proving key is still to be uploaded. */
export type CeremonyDraft = Omit<CeremonyRecord, 'files'> & { files: Omit<CeremonyRecord['files'], 'zkey'> }

/** Uploads a proving key and the record that speaks of it, with other files of the model, as one archive. */
export async function uploadCeremony(
  { network, signal, progress }: CeremonyPlace,
  { record, zkeyPath, files = [] }: { record: CeremonyDraft; zkeyPath: string; files?: Uint8Array[] },
): Promise<{ record: CeremonyRecord; cid: string }> {
  const zkey = await readFile(zkeyPath)
  const next = { ...record, files: { ...record.files, zkey: await describeFile(zkey) } }
  const bytes = encodeCeremony(next)
  progress(stepNames.upload)
  const onShare = (share: number) => progress(stepNames.upload, { share })
  await addFiles({ apiUrl: network.contentApiUrl, files: [...files, zkey, bytes], onShare }, signal)
  return { record: next, cid: await cidOf(bytes) }
}
