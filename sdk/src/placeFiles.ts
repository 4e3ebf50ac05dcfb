import { addFiles } from './addFiles.ts'
import { cidOf, fetchContent } from './content.ts'
import type { PublishNotes, PublishStep } from './publishModel.ts'

/** Uploads the files and reads them back, but for what the notes say was done. */
export async function placeFiles(
  {
    contentApiUrl,
    gatewayUrl,
    files,
    manifestCid,
    notes,
    onStep,
    isStreamed,
  }: {
    contentApiUrl: string
    gatewayUrl: string | undefined
    files: Uint8Array[]
    manifestCid: string
    notes: PublishNotes
    onStep: ((step: PublishStep, share?: number) => void) | undefined
    isStreamed: boolean
  },
  signal?: AbortSignal,
): Promise<void> {
  if ((await notes.read()).uploaded !== manifestCid) {
    onStep?.('upload')
    const onShare = isStreamed && onStep && ((share: number) => onStep('upload', share))
    await addFiles({ apiUrl: contentApiUrl, files, ...(onShare && { onShare }) }, signal)
    await notes.write({ ...(await notes.read()), uploaded: manifestCid })
  }
  if (gatewayUrl === undefined || (await notes.read()).checked === manifestCid) return
  onStep?.('check')
  try {
    await readBack({ gatewayUrl, files, onShare: (share) => onStep?.('check', share) }, signal)
  } catch (error) {
    // What is not there any more has to be sent again by the next run.
    const { uploaded: _, ...kept } = await notes.read()
    await notes.write(kept)
    throw error
  }
  await notes.write({ ...(await notes.read()), checked: manifestCid })
}

/** Fetches each file by the CID that its bytes have here; a block that is missing or differs ends it. */
async function readBack(
  { gatewayUrl, files, onShare }: { gatewayUrl: string; files: Uint8Array[]; onShare: (share: number) => void },
  signal?: AbortSignal,
): Promise<void> {
  const total = files.reduce((sum, { length }) => sum + length, 0)
  let done = 0
  for (const file of files) {
    await fetchContent({ gatewayUrl, cid: await cidOf(file), maxBytes: file.length }, signal)
    done += file.length
    onShare(done / total)
  }
}
