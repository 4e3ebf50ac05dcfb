import type { Address } from 'viem'
import { readContract } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'

/** Nonces asked for at once on the way over used ones. */
const strideNonces = 16n

/**
 * Finds an unused nonce of an account, the lowest where nonces were used in order: doubles, then halves, then walks over
 * used ones (a gap that bulk cancelling left) and those to skip. The market keeps a bitmap, so any unused number does;
 * nonces close together share a storage slot, which saves the requester 17,100 gas.
 * @param parameters.skip nonces of orders that are signed and not on chain yet
 */
export async function findNonce(
  client: MarketClient,
  {
    deployment,
    requester,
    skip = [],
  }: { deployment: Pick<Deployment, 'addresses'>; requester: Address; skip?: readonly bigint[] },
): Promise<bigint> {
  const isUsed = (nonce: bigint) =>
    readContract(client, {
      address: deployment.addresses.jobMarket,
      abi: jobMarketAbi,
      functionName: 'nonceUsed',
      args: [requester, nonce],
    })
  let low = -1n
  let high = 0n
  while (await isUsed(high)) {
    low = high
    high = high * 2n + 1n
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (await isUsed(middle)) low = middle
    else high = middle
  }
  if (!skip.includes(high)) return high
  for (let first = high + 1n; ; first += strideNonces) {
    const candidates = Array.from({ length: Number(strideNonces) }, (_, index) => first + BigInt(index)).filter(
      (nonce) => !skip.includes(nonce),
    )
    const used = await Promise.all(candidates.map(isUsed))
    const free = candidates.find((_, index) => used[index] === false)
    if (free !== undefined) return free
  }
}
