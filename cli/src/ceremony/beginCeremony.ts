import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type CheckedModel, type CheckOptions, checkModel } from '@assay/circuits/checkModel'
import { compile } from '@assay/circuits/compile'
import type { DomainKind } from '@assay/circuits/domain'
import { newZkey } from '@assay/circuits/newZkey'
import { type Phase1Source, readPhase1 } from '@assay/circuits/phase1'
import { proverOf } from '@assay/circuits/prepareModel'
import { encodeR1cs } from '@assay/circuits/r1cs'
import type { CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import { type DraftTerms, draftWithoutSetup } from '@assay/sdk/draftManifest'
import { describeFile } from '@assay/sdk/publishModel'
import type { Address } from 'viem'
import { type CeremonyDraft, type CeremonyPlace, uploadCeremony } from './ceremonyFiles.ts'

/** What will be published, and on which phase 1. */
export type CeremonyPlan = {
  model: CheckOptions
  terms: (checked: CheckedModel) => DraftTerms
  phase1: Phase1Source
  /** the domain of the proving key; default: a power of two */
  domain?: DomainKind
  owner: Address
  royaltyBps: number
  floorPrice: bigint
}

/**
 * Begins the setup of a model: makes it exact, derives its first proving key from a phase-1 file, and uploads both with a record
 * for contributors. Run again after any failure it goes on where it stopped, and gives the same record.
 * Warning: the first key proves anything for anybody; nothing accepts it before a contribution.
 * @throws the errors of checkModel, newZkey and addContent
 */
export async function beginCeremony(
  place: CeremonyPlace,
  { model, terms, phase1, domain = 'power-of-two', owner, royaltyBps, floorPrice }: CeremonyPlan,
): Promise<{ record: CeremonyRecord; cid: string }> {
  const { network, folder, signal, progress } = place
  const checked = checkModel(model)
  progress('writing its constraints')
  const r1cs = compile(checked.quantized.graph)
  progress('reading the phase-1 file')
  const source = await readPhase1(phase1, signal)
  const prover = proverOf(r1cs, domain)
  const hash = createHash('sha256').update(encodeR1cs(r1cs)).update(source.blake2b)
  const circuit = hash.update(prover === undefined ? '' : domain).digest('hex')
  const zkeyPath = join(folder, `${circuit}.first.zkey`)
  if (!existsSync(zkeyPath)) {
    progress('deriving the first proving key')
    await mkdir(folder, { recursive: true })
    await newZkey({ r1cs, phase1, outPath: zkeyPath, domain }, signal)
  }
  const constraints = r1cs.constraints.length
  const record: CeremonyDraft = {
    ceremony: 1,
    chainId: network.chainId,
    owner,
    manifest: draftWithoutSetup({ ...checked, constraints, ...(prover && { prover }) }, terms(checked)),
    royaltyBps,
    floorPrice: floorPrice.toString(),
    phase1: source,
    files: { onnx: await describeFile(model.onnx), graph: await describeFile(checked.graph) },
    contributions: [],
  }
  return uploadCeremony(place, { record, zkeyPath, files: [model.onnx, checked.graph] })
}
