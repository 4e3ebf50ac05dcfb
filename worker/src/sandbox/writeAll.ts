import { writeSync } from 'node:fs'

/** Writes all bytes to standard output before it returns, however little the pipe takes at a time. */
export function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at)
}
