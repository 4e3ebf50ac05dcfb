import { encodeFunctionData, type Hash } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Makes nonces of the client's account useless, so that no order signed with one of them can leave its drawer. Jobs in flight go on.
 * The market keeps 256 nonces in a word: one transaction for each word that the nonces are in.
 * @returns the transactions' hashes
 * @throws AccountMissingError, TransactionRevertedError
 */
export async function cancelNonces(
  client: MarketClient,
  {
    deployment,
    nonces,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; nonces: readonly bigint[] },
): Promise<{ hashes: Hash[] }> {
  const hashes: Hash[] = []
  for (const [word, mask] of masksOf(nonces)) {
    const receipt = await sendCall(client, {
      ...options,
      to: deployment.addresses.jobMarket,
      abi: jobMarketAbi,
      data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'cancelNonces', args: [word, mask] }),
    })
    hashes.push(receipt.transactionHash)
  }
  return { hashes }
}

/** The market's words that hold the nonces, with the nonces as bits. */
function masksOf(nonces: readonly bigint[]): Map<bigint, bigint> {
  const masks = new Map<bigint, bigint>()
  for (const nonce of nonces) {
    const word = nonce >> 8n
    masks.set(word, (masks.get(word) ?? 0n) | (1n << (nonce & 0xffn)))
  }
  return masks
}
