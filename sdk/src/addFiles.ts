import { CID } from 'multiformats/cid'
import { ContentMismatchError, ContentRefusedError } from './contentErrors.ts'
import { request } from './contentRequest.ts'

/** The archive's bytes, in pieces; a root for each file. */
type Archive = { roots: string[]; pieces: Uint8Array[] }

const boundary = '----assay-car-4f1d7a9c2b8e'

/**
 * Uploads files to a content service as one CAR (POST /api/v0/dag/import as Kubo has it): all of them or, when it breaks off,
 * none that is pinned. Each file is cut as everyone in the market cuts it, and the service has to name the roots computed here.
 * Source: https://ipld.io/specs/transport/car/carv1/
 * @param options.onShare told which share, 0 … 1, was sent; with it the body is a stream, which browsers do not send over HTTP/1.1
 * @returns the CID of each file
 * @throws ContentUnavailableError, ContentRefusedError, ContentMismatchError
 */
export async function addFiles(
  { apiUrl, files, onShare }: { apiUrl: string; files: readonly Uint8Array[]; onShare?: (share: number) => void },
  signal?: AbortSignal,
): Promise<string[]> {
  const { roots, pieces } = await archive(files)
  const url = `${apiUrl}/api/v0/dag/import?pin-roots=true`
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="path"; filename="files.car"\r\nContent-Type: application/vnd.ipld.car\r\n\r\n`
  const encoder = new TextEncoder()
  const parts = [encoder.encode(head), ...pieces, encoder.encode(`\r\n--${boundary}--\r\n`)]
  const bodyBytes = parts.reduce((sum, { length }) => sum + length, 0)
  const init = {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    ...(onShare === undefined
      ? // Never backed by shared memory, which is all that BlobPart excludes.
        { body: new Blob(parts as Uint8Array<ArrayBuffer>[]) }
      : { body: streamOf(parts, (sent) => onShare(sent / bodyBytes)), duplex: 'half' }),
  }
  const response = await request({ url, init, bodyBytes }, signal)
  const text = await response.text()
  if (!response.ok) throw new ContentRefusedError({ url, status: response.status, reason: text.slice(0, 200) })
  const pinned = rootsIn(text)
  const missing = roots.find((root) => !pinned.includes(root))
  if (missing !== undefined) {
    throw new ContentMismatchError({ cid: missing, actual: pinned.join(', ') || 'no CID', source: apiUrl })
  }
  return roots
}

async function archive(files: readonly Uint8Array[]): Promise<Archive> {
  // Loaded on demand: a page that only requests jobs should not carry importer and archiver.
  const [{ importUnixfs }, { CarWriter }] = await Promise.all([import('./unixfs.ts'), import('@ipld/car/writer')])
  const blocks = new Map<string, { cid: CID; bytes: Uint8Array }>()
  const put = (cid: CID, bytes: Uint8Array) => {
    blocks.set(cid.toString(), { cid, bytes })
    return cid
  }
  const roots: CID[] = []
  // The importer hands on whole blocks, though its type allows for pieces of them.
  for (const file of files) roots.push(await importUnixfs(file, { put: put as (cid: CID) => CID }))
  const { writer, out } = CarWriter.create(roots)
  const written = (async () => {
    for (const block of blocks.values()) await writer.put(block)
    await writer.close()
  })()
  const pieces: Uint8Array[] = []
  for await (const piece of out) pieces.push(piece)
  await written
  return { roots: roots.map(String), pieces }
}

function streamOf(parts: Uint8Array[], onSent: (bytes: number) => void): ReadableStream<Uint8Array> {
  let [next, sent] = [0, 0]
  return new ReadableStream({
    pull(controller) {
      const part = parts[next]
      if (part === undefined) return controller.close()
      next += 1
      sent += part.length
      controller.enqueue(part)
      onSent(sent)
    },
  })
}

/** Roots that were pinned: Kubo answers one JSON object a line. */
function rootsIn(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .flatMap((line) => {
      try {
        const { Root } = JSON.parse(line)
        return Root?.PinErrorMsg === '' ? [CID.parse(Root.Cid['/']).toV1().toString()] : []
      } catch {
        // A line that is no JSON names no root, which the caller reports as a mismatch.
        return []
      }
    })
}
