import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkZkey } from '@assay/circuits/checkZkey'
import { contribute } from '@assay/circuits/contribute'
import type { Phase1Source } from '@assay/circuits/phase1'
import { verifySetup } from '@assay/circuits/verifySetup'
import { readContributions } from '@assay/circuits/zkeyContributions'
import { CeremonyMismatchError, expectContributions, expectSame } from '@assay/sdk/ceremonyKey'
import { type CeremonyRecord, type SignedContribution, signContribution } from '@assay/sdk/ceremonyRecord'
import type { MarketClient } from '@assay/sdk/deployment'
import { CeremonySealedError } from './ceremonyErrors.ts'
import { type CeremonyPlace, fetchCeremony, fetchCeremonyFile, fetchCircuit, uploadCeremony } from './ceremonyFiles.ts'

/**
 * Adds the client's contribution to a ceremony: fetches the key, multiplies its secret by one that nobody keeps, signs for it, and
 * uploads key and record. With a phase-1 file all contributions and the circuit are verified before anything is uploaded.
 * A step that broke off after the contribution goes on with it.
 * @param options.cid the record as the last contributor handed it on
 * @param options.name 1 to 64 printable characters
 * @returns the record to hand on, and its CID
 * @throws {@link CeremonySealedError}, CeremonyMismatchError, CeremonyInvalidError, and the errors of contribute and verifySetup
 */
export async function contributeToCeremony(
  place: CeremonyPlace,
  { client, cid, name, phase1 }: { client: MarketClient; cid: string; name: string; phase1?: Phase1Source },
): Promise<{ record: CeremonyRecord; cid: string; contribution: SignedContribution }> {
  const { folder, signal, progress } = place
  const record = await fetchCeremony(place, cid)
  if (record.seal !== undefined) throw new CeremonySealedError(cid)
  const zkeyPath = await fetchCeremonyFile(place, record.files.zkey)
  expectContributions(record, readContributions(zkeyPath))
  const nextPath = join(folder, `${cid}.contributed.zkey`)
  if (!existsSync(nextPath)) {
    progress('contributing')
    await contribute({ zkeyPath, outPath: nextPath, name }, signal)
  }
  progress('checking the new key')
  await checkZkey(nextPath, signal)
  const index = record.contributions.length
  const added = readContributions(nextPath).contributions[index]
  if (added === undefined) {
    throw new CeremonyMismatchError({ what: `contribution ${index + 1}`, actual: 'missing', expected: 'yours' })
  }
  expectSame({ what: "contribution's name, kept from a run that broke off,", actual: added.name, expected: name })
  if (phase1 !== undefined) {
    progress('verifying the whole setup')
    const { r1cs } = await fetchCircuit(place, record)
    const transcript = await verifySetup({ r1cs, phase1, zkeyPath: nextPath }, signal)
    expectSame({ what: 'phase 1', actual: transcript.phase1.blake2b, expected: record.phase1.blake2b })
  }
  const contribution = await signContribution(client, { record, index, name, blake2b: added.hash })
  const next = { ...record, contributions: [...record.contributions, contribution] }
  return { ...(await uploadCeremony(place, { record: next, zkeyPath: nextPath })), contribution }
}
