import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Gives `length` bytes at `offset` of a file, or fewer where it ends. */
export type ReadPiece = (offset: number, length: number) => Uint8Array

/**
 * Opens a file for reading small pieces of it (node only); whoever opens it closes it.
 * @throws Error the file cannot be opened (with node's `code`); `read` throws the same where it cannot be read
 */
export function openFileReader(path: string): { read: ReadPiece; fileLength: number; close: () => void } {
  const file = openSync(path, 'r')
  const read = (offset: number, length: number) => {
    const bytes = new Uint8Array(length)
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset))
  }
  return { read, fileLength: fstatSync(file).size, close: () => closeSync(file) }
}

/**
 * Opens a file for reading small pieces of it, and closes it when `use` has returned (node only).
 * @throws Error the file cannot be opened or read (with node's `code`)
 */
export function withFileReader<T>(path: string, use: (read: ReadPiece, fileLength: number) => T): T {
  const { read, fileLength, close } = openFileReader(path)
  try {
    return use(read, fileLength)
  } finally {
    close()
  }
}
