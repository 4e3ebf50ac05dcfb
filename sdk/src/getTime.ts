import { getBlock } from 'viem/actions'
import type { MarketClient } from './deployment.ts'

/**
 * The chain's time now, in unix seconds. A quiet chain's last block may be old, and a local chain's clock may run ahead:
 * the later of its clock and ours counts.
 */
export async function getTime(client: MarketClient): Promise<number> {
  const block = await getBlock(client, { blockTag: 'latest' })
  return Math.max(Number(block.timestamp), Math.floor(Date.now() / 1000))
}
