import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { addContent } from '@assay/sdk/content'
import { createContentFetch } from '@assay/worker/contentFetch'
import { gatewaySource } from '@assay/worker/contentSource'
import { openContentStaging } from '@assay/worker/contentStaging'
import { createLogger } from '@assay/worker/log'
import { openModelCache } from '@assay/worker/modelCache'
import { type BenchRow, measuredRow, quantile } from './benchRow.ts'

const program = fileURLToPath(new URL('../../worker/src/contentMain.ts', import.meta.url))
const fileBytes = 128 * 2 ** 20
const never = new AbortController().signal

/**
 * A file of 128 MiB from a gateway that is a process of its own into the model cache, every block and the whole checked. Beside it what
 * the same gateway gives a plain `fetch` that hashes what comes. Rounds alternate.
 */
export async function contentRows(folder: string, rounds: number): Promise<BenchRow[]> {
  const gateway = await startGateway(join(folder, 'content'))
  try {
    const bytes = fileOf(fileBytes)
    const sha256: `0x${string}` = `0x${createHash('sha256').update(bytes).digest('hex')}`
    const cid = await addContent({ apiUrl: gateway.url, bytes })
    const speeds = { plain: [] as number[], fetched: [] as number[], cached: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      speeds.plain.push(await speedOf(() => plainFetch(`${gateway.url}/ipfs/${cid}`, sha256)))
      const own = join(folder, `round-${round}`)
      const fetchVerified = fetcher(gateway.url, join(own, 'staging'))
      speeds.fetched.push(await speedOf(() => fetchVerified({ cid, maxBytes: fileBytes }, never)))
      const cache = openModelCache({
        directory: join(own, 'models'),
        maxBytes: 2 * fileBytes,
        fetch: (file, signal) => fetchVerified({ cid: file.cid, maxBytes: file.bytes }, signal),
        signal: never,
      })
      speeds.cached.push(await speedOf(() => cache.hold([{ cid, sha256, bytes: fileBytes }], never)))
    }
    const median = (values: number[]) => quantile(values, 0.5)
    const ratio = (median(speeds.fetched) / median(speeds.plain)).toFixed(2)
    return [
      measuredRow({
        what: 'model file of 128 MiB from a local gateway, every block checked, median',
        measured: median(speeds.fetched),
        unit: 'MB/s',
        target: { atLeast: 50 },
        beside: `${ratio} of a plain fetch and SHA-256 of the whole, ${median(speeds.plain).toFixed(0)} MB/s`,
      }),
      measuredRow({
        what: 'the same into the model cache, flushed to disk',
        measured: median(speeds.cached),
        unit: 'MB/s',
        beside: `least ${Math.min(...speeds.cached).toFixed(0)}`,
      }),
    ]
  } finally {
    gateway.process.kill('SIGKILL')
  }
}

function fetcher(gatewayUrl: string, directory: string) {
  return createContentFetch({
    sources: [gatewaySource(gatewayUrl)],
    staging: openContentStaging({ directory, maxBytes: 2 * fileBytes }),
    logger: createLogger('warn'),
  })
}

/** Bytes that differ from block to block. */
function fileOf(length: number): Uint8Array {
  const words = new Uint32Array(length / 4)
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index, 2654435761)
  return new Uint8Array(words.buffer)
}

async function plainFetch(url: string, sha256: string): Promise<void> {
  const response = await fetch(url)
  const hash = createHash('sha256')
  const reader = response.body?.getReader()
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) hash.update(next.value)
  if (`0x${hash.digest('hex')}` !== sha256) throw new Error(`${url} gave other bytes than were added.`)
}

/** Megabytes of 10^6 a second. */
async function speedOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return fileBytes / 1e6 / ((performance.now() - started) / 1000)
}

async function startGateway(directory: string): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(process.execPath, [program, '--directory', directory, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  return { url: JSON.parse(String(line)).gatewayUrl, process: child }
}
