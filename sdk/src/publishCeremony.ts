import { encodeTranscript, type SetupTranscript, summarizeSetup } from '@assay/circuits/setupTranscript'
import { encodeVerificationKey, verificationKeyFromZkey } from '@assay/circuits/verificationKey'
import { addFiles } from './addFiles.ts'
import type { AnnouncedBeacon } from './announceBeacon.ts'
import { type CeremonyRecord, encodeCeremony } from './ceremonyRecord.ts'
import { cidOf } from './content.ts'
import type { MarketClient, Network } from './deployment.ts'
import { describeFile, type PublishNotes, type PublishStep, publishModel, type SampleProof } from './publishModel.ts'
import type { SendOptions } from './sendCall.ts'

/** A ceremony that was sealed and verified. */
export type SealedCeremony = {
  /** of the record as it was announced */
  cid: string
  record: CeremonyRecord
  announced: Pick<AnnouncedBeacon, 'transaction' | 'block'>
  transcript: SetupTranscript
  /** with the sealed key */
  files: { onnx: Uint8Array; graph: Uint8Array; zkey: Uint8Array }
  sample: SampleProof
}

/**
 * Stores a sealed ceremony's transcript and record, and publishes its model. Started again it does as `publishModel` does.
 * @returns what that returns, and the CID of the sealed record
 * @throws the errors of publishModel
 */
export async function publishCeremony(
  client: MarketClient,
  {
    network,
    ceremony: { cid, record, announced, transcript, files, sample },
    signal,
    ...options
  }: SendOptions & {
    network: Network
    ceremony: SealedCeremony
    notes: PublishNotes
    onStep?: (step: PublishStep, share?: number) => void
    isStreamed?: boolean
    signal: AbortSignal
  },
): Promise<Awaited<ReturnType<typeof publishModel>> & { ceremonyCid: string }> {
  const { contentApiUrl, gatewayUrl } = network
  const transcriptBytes = new TextEncoder().encode(encodeTranscript(transcript))
  const { transaction, block } = announced
  const seal = { record: cid, transaction, block, transcript: await cidOf(transcriptBytes) }
  const zkey = await describeFile(files.zkey)
  const sealed = encodeCeremony({ ...record, files: { ...record.files, zkey }, seal })
  await addFiles({ apiUrl: contentApiUrl, files: [transcriptBytes, sealed] }, signal)
  const ceremonyCid = await cidOf(sealed)
  const published = await publishModel(client, {
    ...options,
    ...{ deployment: network, contentApiUrl, gatewayUrl, files, sample, signal },
    draft: { ...record.manifest, setup: { ...summarizeSetup(transcript), ceremony: ceremonyCid } },
    verificationKey: encodeVerificationKey(verificationKeyFromZkey(files.zkey)),
    royaltyBps: record.royaltyBps,
    floorPrice: BigInt(record.floorPrice),
  })
  return { ...published, ceremonyCid }
}
