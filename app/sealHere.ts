import { type AnnouncedBeacon, announceBeacon } from '@assay/sdk/announceBeacon'
import { acceptContribution, expectContributions, readCeremonyKey } from '@assay/sdk/ceremonyKey'
import { beaconName, type CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import {
  acceptPhase1,
  acceptSample,
  expectPhase1Size,
  prepareSample,
  readCeremonyGraph,
  type SetupFiles,
  verifyCeremonyKey,
} from '@assay/sdk/ceremonySetup'
import { fetchContent } from '@assay/sdk/content'
import type { MarketClient, Network } from '@assay/sdk/deployment'
import type { Model } from '@assay/sdk/getModel'
import { publishCeremony, type SealedCeremony } from '@assay/sdk/publishCeremony'
import { accountOf } from '@assay/sdk/sendCall'
import { waitForTransactionReceipt } from 'viem/actions'
import { expectSealer } from './expectSealer'
import type { EnterStage } from './hooks/useStagedRun'
import { nextTurn } from './nextTurn'
import { maxBrowserKeyBytes } from './prover/limits'
import { proverThreads, runProver } from './prover/runProver'
import type { SealNotes } from './sealNotes'

/** Stages of sealing, in their order. */
export type SealStage = 'fetch' | 'phase1' | 'announce' | 'seal' | 'verify' | 'prove' | 'store' | 'register'

/** A model that was registered with its sealed setup, and the CID of the record that says how it came about. */
export type SealedModel = { model: Model; ceremonyCid: string }

// Both as the command line's defaults.
const delayBlocks = 10
const iterationsExp = 10

type Place = { client: MarketClient; reader: MarketClient; network: Network }
type Run = { enter: EnterStage<SealStage>; signal: AbortSignal }

/**
 * Seals a ceremony in this browser, as `assay model seal` does: announces a block, applies its hash to the key, verifies the whole
 * setup against the reader's own phase-1 file, and registers the model. Started again after any failure it goes on where its notes
 * say that it stopped: it announces once, and registers once.
 * @param place.client sends from the owner's account; `reader` is asked for blocks
 * @param sealing.cid of the record
 * @throws SealingAccountError, ContractSealingError, CeremonyMismatchError, Phase1MismatchError, SetupInvalidError, and
 *   all that fetching, proving, announcing and publishing throw
 */
export async function sealHere(
  place: Place,
  {
    cid,
    record,
    phase1File,
    notes,
    ...run
  }: Run & { cid: string; record: CeremonyRecord; phase1File: File; notes: SealNotes },
): Promise<SealedModel> {
  const { client, reader, network } = place
  const { enter, signal } = run
  enter('fetch')
  await expectSealer(reader, { owner: record.owner, account: accountOf(client).address })
  const files = await fetchFiles({ network, record }, signal)
  expectContributions(record, await readCeremonyKey(files.zkey))
  const graph = readCeremonyGraph(record, files.graph)

  enter('phase1')
  expectPhase1Size(record, phase1File)
  const phase1 = new Uint8Array(await phase1File.arrayBuffer())
  const accepted = await acceptPhase1(record, { name: phase1File.name, bytes: phase1, pause: nextTurn }, signal)

  const announced = await announce(place, { record, notes, ...run })

  enter('seal')
  const name = beaconName({ block: announced.block, chainId: network.chainId })
  const zkey = await applyBeacon(files.zkey, { name, announced, signal })

  enter('verify')
  await nextTurn()
  const derive = async (compared: SetupFiles) => {
    const task = { kind: 'verify', threads: proverThreads(zkey.length), ...compared } as const
    return (await runProver<'verify'>(task, { signal })).fault
  }
  const whole = { graph, phase1: { is: accepted, bytes: phase1 }, zkey, derive, pause: nextTurn }
  const transcript = await verifyCeremonyKey(record, whole, signal)

  enter('prove')
  await nextTurn()
  const { wtns, signals } = prepareSample(graph)
  const task = { kind: 'prove', threads: proverThreads(zkey.length), zkey, wtns } as const
  const sample = acceptSample({ zkey, signals, answer: await runProver<'prove'>(task, { signal }) })

  const sealed = { cid, record, announced, transcript, sample, files: { ...files, zkey } }
  const { model, ceremonyCid } = await publish(place, { sealed, notes, ...run })
  notes.end()
  return { model, ceremonyCid }
}

async function fetchFiles(
  { network: { gatewayUrl }, record: { files } }: { network: Network; record: CeremonyRecord },
  signal: AbortSignal,
) {
  const fetched = async ({ cid, bytes }: CeremonyRecord['files']['zkey']) =>
    fetchContent({ gatewayUrl, cid, maxBytes: Math.min(bytes, maxBrowserKeyBytes) }, signal)
  const [zkey, graph, onnx] = await Promise.all([files.zkey, files.graph, files.onnx].map(fetched))
  if (!zkey || !graph || !onnx) throw new TypeError('Three files were asked for, and fewer came.')
  return { zkey, graph, onnx }
}

async function announce(
  { client, reader }: Place,
  { record, notes, enter, signal }: Run & { record: CeremonyRecord; notes: SealNotes },
): Promise<AnnouncedBeacon> {
  enter('announce', (await notes.announcement.read()) ? 'The announcement is looked up on the chain.' : askingNote)
  const onAnnounced = ({ block, newest }: { block: number; newest: number }) =>
    enter('announce', `Block ${block} is announced; the newest is ${newest}.`)
  const told = { record, delayBlocks, notes: notes.announcement, reader, onAnnounced }
  return announceBeacon(client, told, signal)
}

const askingNote = 'Confirm in your wallet: a transaction from your account to itself.'

async function applyBeacon(
  before: Uint8Array,
  { name, announced, signal }: { name: string; announced: AnnouncedBeacon; signal: AbortSignal },
): Promise<Uint8Array> {
  const beacon = { hash: announced.blockHash.slice(2).toLowerCase(), iterationsExp }
  const task = { kind: 'beacon', threads: proverThreads(before.length), zkey: before, name, ...beacon } as const
  const { zkey: after } = await runProver<'beacon'>(task, { signal })
  await acceptContribution({ before, after, name, beacon, pause: nextTurn }, signal)
  return after
}

async function publish(
  { client, reader, network }: Place,
  { sealed, notes, enter, signal }: Run & { sealed: SealedCeremony; notes: SealNotes },
): ReturnType<typeof publishCeremony> {
  enter('store')
  // A registration that was sent before the page was left is found once it is mined.
  const sent = await notes.registration.read()
  if (sent) await waitForTransactionReceipt(reader, { hash: sent }).catch(() => undefined)
  return publishCeremony(client, {
    ...{ network, ceremony: sealed, notes: notes.publication, isStreamed: false, signal },
    onStep: (step) => (step === 'register' ? enter('register', registerNote) : enter('store', storeNotes[step])),
    onSent: (hash) => void notes.registration.write(hash),
  })
}

const storeNotes = { upload: 'Model, key and record are sent.', check: 'Every byte is read back.' } as const
const registerNote = 'Confirm in your wallet: the registry checks the sample’s proof, and one that was tampered with.'
