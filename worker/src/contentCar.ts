import { CarBlockIterator } from '@ipld/car/iterator'
import type { CID } from 'multiformats/cid'
import { type ContentBlocks, ContentTooLargeError, parseCid } from './contentBlocks.ts'

/** The bytes are no CAR of version 1. */
export class CarError extends Error {
  override readonly name = 'CarError'

  constructor(cause: unknown) {
    super(`This is no whole CAR of version 1 (${cause instanceof Error ? cause.message : cause}); write it again.`, {
      cause,
    })
  }
}

const rawCode = 0x55

/**
 * Stores the blocks of a CAR, each checked against its CID, and pins its roots, whose files have to be whole by then.
 * Source: https://ipld.io/specs/transport/car/carv1/
 * @returns the roots
 * @throws {@link CarError}, ContentTooLargeError, BlockMismatchError, CidUnsupportedError, BlockMissingError for a file that is not whole
 */
export async function importCar(
  content: AsyncIterable<Uint8Array>,
  { blocks, maxBytes }: { blocks: ContentBlocks; maxBytes: number },
): Promise<CID[]> {
  const car = await CarBlockIterator.fromIterable(limited(content, maxBytes)).catch(refuse)
  const walk = car[Symbol.asyncIterator]()
  for (let next = await walk.next().catch(refuse); next.done !== true; next = await walk.next().catch(refuse)) {
    const expected = parseCid(next.value.cid.toString())
    await blocks.put(next.value.bytes, { codec: expected.code === rawCode ? 'raw' : 'dag-pb', expected })
  }
  const roots = (await car.getRoots()).map((root) => parseCid(root.toString()))
  for (const root of roots) await blocks.pin(root)
  return roots
}

/** What the reader throws of itself means that the bytes are no CAR. */
function refuse(error: unknown): never {
  throw error instanceof ContentTooLargeError ? error : new CarError(error)
}

async function* limited(content: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let read = 0
  for await (const piece of content) {
    read += piece.length
    if (read > maxBytes) throw new ContentTooLargeError(maxBytes)
    yield piece
  }
}
