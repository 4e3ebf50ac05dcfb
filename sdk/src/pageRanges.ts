import type { Deployment } from './deployment.ts'
import { logRangeBlocks } from './jobEvents.ts'

/** Most requests for logs that one page of a list makes: a page is an answer in seconds, on a chain of any length. */
const maxRanges = 50

/**
 * Block ranges of one page of a list, newest first, each as wide as a node answers; `next` is where the page after it begins, and is
 * undefined once the market's deployment is reached.
 */
export function* pageRanges({
  deployment,
  toBlock,
}: {
  deployment: Pick<Deployment, 'deploymentBlock'>
  toBlock: bigint
}): Generator<{ from: bigint; to: bigint; next: bigint | undefined }, void, undefined> {
  const oldest = BigInt(deployment.deploymentBlock)
  let to = toBlock
  for (let range = 0; range < maxRanges && to >= oldest; range += 1) {
    const from = to - logRangeBlocks + 1n > oldest ? to - logRangeBlocks + 1n : oldest
    yield { from, to, next: from > oldest ? from - 1n : undefined }
    to = from - 1n
  }
}
