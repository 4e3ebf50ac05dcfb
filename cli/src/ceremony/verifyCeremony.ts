import type { Phase1Source } from '@assay/circuits/phase1'
import { encodeTranscript, hashTranscript, type SetupTranscript } from '@assay/circuits/setupTranscript'
import { verifySetup } from '@assay/circuits/verifySetup'
import { readContributions } from '@assay/circuits/zkeyContributions'
import { expectContributions, expectSame } from '@assay/sdk/ceremonyKey'
import { announcedDelay, beaconName, type CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import { cidOf } from '@assay/sdk/content'
import type { MarketClient } from '@assay/sdk/deployment'
import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getModel } from '@assay/sdk/getModel'
import type { Manifest } from '@assay/sdk/manifest'
import type { Hex } from 'viem'
import { getBlock, getTransaction } from 'viem/actions'
import { SetupUnverifiableError } from './ceremonyErrors.ts'
import { type CeremonyPlace, fetchCeremony, fetchCeremonyFile, fetchCircuit } from './ceremonyFiles.ts'

/** What a verified setup rests on. */
export type VerifiedCeremony = {
  modelId: Hex
  transcript: SetupTranscript
  transcriptHash: Hex
  contributions: CeremonyRecord['contributions']
  seal: NonNullable<CeremonyRecord['seal']>
}

/**
 * Verifies the setup of a registered model from chain, IPFS and a phase-1 file, believing nobody: every contributor's signature,
 * the announcement of the beacon before its block, every step of the key, and the transcript hash that the registry stores.
 * @throws {@link SetupUnverifiableError} the setup is `insecure-dev` or names no record
 * @throws CeremonyMismatchError, CeremonyInvalidError, and the errors of verifySetup
 */
export async function verifyCeremony(
  place: CeremonyPlace,
  { client, modelId, phase1 }: { client: MarketClient; modelId: Hex; phase1: Phase1Source },
): Promise<VerifiedCeremony> {
  const { network, signal, progress } = place
  const model = await getModel(client, { deployment: network, modelId })
  const { kind } = model.setup
  if (kind === 'insecure-dev') throw new SetupUnverifiableError({ kind, reason: 'its secret is public' })
  const manifest = await fetchManifest({ gatewayUrl: network.gatewayUrl, model }, signal)
  if (manifest.setup.ceremony === undefined) {
    throw new SetupUnverifiableError({ kind, reason: 'its manifest names no record of a ceremony' })
  }
  progress('reading the record and its signatures')
  const record = await fetchCeremony(place, manifest.setup.ceremony)
  const { seal } = record
  if (seal === undefined) throw new SetupUnverifiableError({ kind, reason: 'its ceremony was never sealed' })
  expectFiles(manifest, record)

  progress('reading the announcement of the beacon')
  const blockHash = await checkAnnouncement(place, { client, record, seal })

  progress('verifying the whole setup')
  const { r1cs } = await fetchCircuit(place, record)
  const zkeyPath = await fetchCeremonyFile(place, record.files.zkey)
  expectContributions(record, readContributions(zkeyPath))
  const transcript = await verifySetup({ r1cs, phase1, zkeyPath }, signal)
  const transcriptHash = hashTranscript(transcript)
  expectSame({ what: 'phase 1', actual: transcript.phase1.blake2b, expected: record.phase1.blake2b })
  expectSame({ what: 'beacon', actual: `0x${transcript.beacon?.hash ?? ''}`, expected: blockHash })
  const name = beaconName({ block: seal.block, chainId: network.chainId })
  expectSame({ what: "beacon's name", actual: transcript.beacon?.name ?? 'none', expected: name })
  expectSame({
    what: 'verification key',
    actual: `0x${transcript.key.verificationKeyKeccak256}`,
    expected: model.keyHash,
  })
  expectSame({
    what: 'transcript',
    actual: await cidOf(new TextEncoder().encode(encodeTranscript(transcript))),
    expected: seal.transcript,
  })
  expectSame({ what: "transcript's hash", actual: transcriptHash, expected: model.setup.transcriptHash })
  return { modelId, transcript, transcriptHash, contributions: record.contributions, seal }
}

function expectFiles({ files, graphId }: Manifest, record: CeremonyRecord): void {
  for (const kind of ['onnx', 'graph', 'zkey'] as const) {
    expectSame({ what: `${kind} file`, actual: record.files[kind].cid, expected: files[kind].cid })
  }
  expectSame({ what: 'graph', actual: record.manifest.graphId, expected: graphId })
}

/** The owner's transaction has to announce the very record that was sealed, and the block that its number then fixed. */
async function checkAnnouncement(
  place: CeremonyPlace,
  { client, record, seal }: { client: MarketClient; record: CeremonyRecord; seal: NonNullable<CeremonyRecord['seal']> },
): Promise<Hex> {
  const open = await fetchCeremony(place, seal.record)
  expectSame({
    what: 'list of contributions since the announcement',
    actual: JSON.stringify(record.contributions),
    expected: JSON.stringify(open.contributions),
  })
  const transaction = await getTransaction(client, { hash: seal.transaction })
  const delay = announcedDelay(open, transaction.input)
  expectSame({ what: 'announcing account', actual: transaction.from, expected: open.owner })
  expectSame({
    what: 'announced block',
    actual: String(seal.block),
    expected:
      delay === undefined ? 'announced by that transaction' : String(Number(transaction.blockNumber ?? 0n) + delay),
  })
  const { hash } = await getBlock(client, { blockNumber: BigInt(seal.block) })
  return hash
}
