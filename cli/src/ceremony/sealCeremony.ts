import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { applyBeacon } from '@assay/circuits/applyBeacon'
import type { ExactGraph } from '@assay/circuits/exactGraph'
import { sampleInput } from '@assay/circuits/intervals'
import type { Phase1Source } from '@assay/circuits/phase1'
import { prove } from '@assay/circuits/prove'
import { verifySetup } from '@assay/circuits/verifySetup'
import { computeWitness } from '@assay/circuits/witness'
import { readContributions } from '@assay/circuits/zkeyContributions'
import { expectContributions, expectSame } from '@assay/sdk/ceremonyKey'
import { beaconName } from '@assay/sdk/ceremonyRecord'
import type { MarketClient } from '@assay/sdk/deployment'
import { publishCeremony } from '@assay/sdk/publishCeremony'
import type { SampleProof } from '@assay/sdk/publishModel'
import { accountOf } from '@assay/sdk/sendCall'
import { openPublication } from '../publishNotes.ts'
import { stepNames } from '../stepNames.ts'
import { announceCeremony } from './announceCeremony.ts'
import { CeremonyEmptyError, CeremonySealedError, NotCeremonyOwnerError } from './ceremonyErrors.ts'
import { type CeremonyPlace, fetchCeremony, fetchCeremonyFile, fetchCircuit } from './ceremonyFiles.ts'

/**
 * Ends a ceremony: announces a future block on chain, seals the key with that block's hash, verifies the whole setup, and
 * registers the model with its transcript. Run again after any failure it goes on where it stopped.
 * @param options.cid the record as the last contributor handed it on
 * @param options.delayBlocks how many blocks after the announcement the beacon's block comes
 * @throws {@link CeremonySealedError}, {@link CeremonyEmptyError}, {@link NotCeremonyOwnerError}, CeremonyMismatchError, and the
 *   errors of verifySetup and publishModel
 */
export async function sealCeremony(
  place: CeremonyPlace,
  {
    client,
    cid,
    phase1,
    delayBlocks,
  }: { client: MarketClient; cid: string; phase1: Phase1Source; delayBlocks: number },
): ReturnType<typeof publishCeremony> {
  const { network, folder, signal, progress } = place
  const record = await fetchCeremony(place, cid)
  if (record.seal !== undefined) throw new CeremonySealedError(cid)
  if (record.contributions.length === 0) throw new CeremonyEmptyError(cid)
  const account = accountOf(client).address
  if (account.toLowerCase() !== record.owner.toLowerCase())
    throw new NotCeremonyOwnerError({ owner: record.owner, account })
  const zkeyPath = await fetchCeremonyFile(place, record.files.zkey)
  expectContributions(record, readContributions(zkeyPath))

  const announced = await announceCeremony(place, { client, record, cid, delayBlocks })
  const { block, blockHash } = announced
  const sealedPath = join(folder, `${cid}.${blockHash.slice(2, 18)}.sealed.zkey`)
  if (!existsSync(sealedPath)) {
    progress('sealing the key')
    const name = beaconName({ block, chainId: network.chainId })
    await applyBeacon({ zkeyPath, outPath: sealedPath, blockHash, name }, signal)
  }
  progress('verifying the whole setup')
  const { graph, r1cs } = await fetchCircuit(place, record)
  const transcript = await verifySetup({ r1cs, phase1, zkeyPath: sealedPath }, signal)
  expectSame({ what: 'phase 1', actual: transcript.phase1.blake2b, expected: record.phase1.blake2b })
  progress('proving a sample')
  const sample = await proveSample({ graph, zkeyPath: sealedPath }, signal)

  const fetched = async (kind: 'onnx' | 'graph') => readFile(await fetchCeremonyFile(place, record.files[kind]))
  const files = { onnx: await fetched('onnx'), graph: await fetched('graph'), zkey: await readFile(sealedPath) }
  const notes = openPublication(join(folder, `${cid}.publish.json`))
  const published = await publishCeremony(client, {
    ...{ network, notes, signal },
    ceremony: { cid, record, announced, transcript, files, sample },
    onStep: (step, share) => progress(stepNames[step], share === undefined ? {} : { share }),
  })
  await notes.remove()
  return published
}

/** The registry wants to see a proof. */
async function proveSample(
  { graph, zkeyPath }: { graph: ExactGraph; zkeyPath: string },
  signal: AbortSignal,
): Promise<SampleProof> {
  const { witness, signals } = computeWitness(graph, { input: sampleInput(graph), binding: 0n })
  const { proof } = await prove({ zkeyPath, witness }, signal)
  return { proof, signals }
}
