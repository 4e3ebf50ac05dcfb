/** The body is not the `multipart/form-data` that its header announces. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError'
}

/** One part of a multipart body; `content` must be read before the next part is asked for. */
export type Part = { headers: Map<string, string>; content: AsyncIterable<Uint8Array> }

const maxHeaderBytes = 16 * 1024
const maxPreambleBytes = 16 * 1024

/**
 * Boundary named by a `Content-Type` header (RFC 2046 §5.1.1).
 * @throws MultipartError when the header is not `multipart/form-data` with a boundary
 */
export function boundaryOf(contentType: string | undefined): string {
  const match = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(
    contentType ?? '',
  )
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) {
    throw new MultipartError(
      `The content type is ${JSON.stringify(contentType ?? '')}; send multipart/form-data with a boundary.`,
    )
  }
  return boundary
}

/**
 * Splits a multipart body into its parts as it arrives, holding no more than one chunk (RFC 7578).
 * @param source bytes of the body
 * @param boundary see {@link boundaryOf}
 * @throws MultipartError when the body ends early or its headers are malformed or over 16 KiB
 */
export async function* readParts(source: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  const chunks = source[Symbol.asyncIterator]()
  // The first delimiter has no line break before it; giving it one makes all delimiters alike.
  let buffer: Buffer = Buffer.from('\r\n')

  async function readMore(): Promise<void> {
    const next = await chunks.next()
    if (next.done === true) throw new MultipartError('The multipart body ends before its closing boundary.')
    buffer = buffer.length === 0 ? Buffer.from(next.value) : Buffer.concat([buffer, next.value])
  }

  async function* readContent(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const end = buffer.indexOf(delimiter)
      if (end >= 0) {
        const last = buffer.subarray(0, end)
        buffer = buffer.subarray(end + delimiter.length)
        if (last.length > 0) yield last
        return
      }
      // The tail may be the beginning of a delimiter.
      const safe = buffer.length - delimiter.length + 1
      if (safe > 0) {
        const piece = buffer.subarray(0, safe)
        buffer = buffer.subarray(safe)
        yield piece
      }
      await readMore()
    }
  }

  let preambleBytes = 0
  for await (const piece of readContent()) {
    preambleBytes += piece.length
    if (preambleBytes > maxPreambleBytes) {
      throw new MultipartError(`No boundary stands in the first ${maxPreambleBytes} bytes of the multipart body.`)
    }
  }

  for (;;) {
    while (buffer.length < 2) await readMore()
    if (buffer.subarray(0, 2).toString('latin1') === '--') return

    let headerEnd = buffer.indexOf('\r\n\r\n')
    while (headerEnd < 0) {
      if (buffer.length > maxHeaderBytes) {
        throw new MultipartError(`A part's headers are longer than ${maxHeaderBytes} bytes.`)
      }
      await readMore()
      headerEnd = buffer.indexOf('\r\n\r\n')
    }
    const headers = new Map<string, string>()
    for (const line of buffer.subarray(0, headerEnd).toString('utf8').split('\r\n')) {
      const colon = line.indexOf(':')
      if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
    }
    buffer = buffer.subarray(headerEnd + 4)

    const content = readContent()
    yield { headers, content }
    // What the reader left of the part is skipped.
    for await (const _ of content);
  }
}
