import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '@assay/worker/listen'
import type { Random } from '../../scripts/seededRandom.ts'

/** How often a content gateway misbehaves: chances from 0 to 1 for each block. */
export type ContentFaults = {
  /** One byte of the block is another. */
  corrupt: number
  /** Answered with HTTP 500 or 504. */
  error: number
  /** The connection ends in the middle of the block. */
  cut: number
  /** The block comes in two halves, up to `slowMs` milliseconds apart. */
  slow: number
  slowMs: number
}

const noContentFaults: ContentFaults = { corrupt: 0, error: 0, cut: 0, slow: 0, slowMs: 0 }

/** A trustless gateway between a worker and the content store. */
export type ContentProxy = {
  url: string
  /** What it does from the next block on; what is left out it does not. */
  set: (faults: Partial<ContentFaults>) => void
  counts: Record<'calls' | 'corrupt' | 'error' | 'cut' | 'slow', number>
  close: () => Promise<void>
}

/** Starts the gateway on a free port of 127.0.0.1. */
export async function startContentProxy({ target, random }: { target: string; random: Random }): Promise<ContentProxy> {
  let faults = noContentFaults
  const counts = { calls: 0, corrupt: 0, error: 0, cut: 0, slow: 0 }

  function hits(fault: 'corrupt' | 'error' | 'cut' | 'slow'): boolean {
    const isHit = random() < faults[fault]
    if (isHit) counts[fault] += 1
    return isHit
  }

  const server = createServer(async (request, response) => {
    counts.calls += 1
    if (hits('error')) return void response.writeHead(random() < 0.5 ? 500 : 504).end()
    const { accept = '*/*' } = request.headers
    const answer = await fetch(`${target}${request.url}`, { headers: { accept } })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (bytes.length > 0 && hits('corrupt')) {
      const place = Math.floor(random() * bytes.length)
      bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place)
    }
    const type = answer.headers.get('content-type') ?? 'application/octet-stream'
    response.writeHead(answer.status, { 'content-type': type, 'content-length': bytes.length })
    const half = bytes.length >> 1
    if (hits('cut')) return void response.write(bytes.subarray(0, half), () => response.destroy())
    if (!hits('slow')) return void response.end(bytes)
    response.write(bytes.subarray(0, half))
    await sleep(faults.slowMs * random())
    response.end(bytes.subarray(half))
  })
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 })

  return {
    url,
    counts,
    set: (changed) => {
      faults = { ...noContentFaults, ...changed }
    },
    close,
  }
}
