/** A content service or gateway did not deliver. Trying again later may help. */
export class ContentUnavailableError extends Error {
  override readonly name = 'ContentUnavailableError'
  readonly url: string

  constructor({ url, reason, cause }: { url: string; reason: string; cause?: unknown }) {
    super(`The content service at ${url} ${reason}; check that it runs and holds this file.`, { cause })
    this.url = url
  }
}

/** A content service refused an upload. */
export class ContentRefusedError extends Error {
  override readonly name = 'ContentRefusedError'
  readonly status: number

  constructor({ url, status, reason }: { url: string; status: number; reason: string }) {
    super(`The content service at ${url} refused the upload with status ${status}: ${reason.trim() || 'no reason'}.`)
    this.status = status
  }
}

/** Bytes are not those their CID names. */
export class ContentMismatchError extends Error {
  override readonly name = 'ContentMismatchError'
  readonly cid: string
  readonly actual: string

  constructor({ cid, actual, source, cause }: { cid: string; actual: string; source: string; cause?: unknown }) {
    super(`Content ${cid} came as ${actual} from ${source}; use another content service.`, { cause })
    this.cid = cid
    this.actual = actual
  }
}

/** A file is larger than its reader allows. */
export class ContentTooLargeError extends Error {
  override readonly name = 'ContentTooLargeError'
  readonly cid: string
  readonly limit: number

  constructor({ cid, unit, actual, limit }: { cid: string; unit: 'bytes' | 'blocks'; actual: number; limit: number }) {
    super(`Content ${cid} has at least ${actual} ${unit}; ${limit} are allowed here.`)
    this.cid = cid
    this.limit = limit
  }
}
