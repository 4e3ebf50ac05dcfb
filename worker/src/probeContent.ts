import type { ContentBlocks } from './contentBlocks.ts'
import { pause } from './retry.ts'

/** Looks again and again, until stopped, whether this machine's store can be read and, when there are gateways, whether one answers. */
export async function probeContent(
  {
    blocks,
    gatewayUrls,
    everyMs,
    report,
  }: {
    blocks: Pick<ContentBlocks, 'pins'>
    gatewayUrls: readonly string[]
    everyMs: number
    report: (state: { ok: boolean; detail: string }) => void
  },
  signal: AbortSignal,
): Promise<void> {
  // The empty block: gateways need nobody to answer for it, and any answer but a failure of their own shows that they run.
  const probe = '/ipfs/bafkqaaa?format=raw'
  while (!signal.aborted) {
    const [isStoreThere, ...answers] = await Promise.all([
      canRead(blocks),
      ...gatewayUrls.map((url) => answersAt(`${url}${probe}`, signal)),
    ])
    if (!isStoreThere)
      report({ ok: false, detail: 'the embedded store cannot be read; see content.embedded.directory' })
    else if (gatewayUrls.length === 0) report({ ok: true, detail: 'the embedded store is there' })
    else if (answers.includes(true)) report({ ok: true, detail: 'the embedded store is there, a gateway answers' })
    else report({ ok: false, detail: `no answer from ${gatewayUrls.join(', ')}` })
    await pause(everyMs, signal)
  }
}

async function canRead(blocks: Pick<ContentBlocks, 'pins'>): Promise<boolean> {
  try {
    await blocks.pins()
    return true
  } catch {
    return false
  }
}

async function answersAt(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) })
    await response.body?.cancel()
    return response.status < 500
  } catch {
    return false
  }
}
