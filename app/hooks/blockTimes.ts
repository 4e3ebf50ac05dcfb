import type { MarketClient } from '@assay/sdk/deployment'
import { getBlock } from 'viem/actions'

const known = new Map<string, number>()

/** Unix seconds of blocks, each asked for once in a visit. @param parameters.scope of the market, as other chains have other blocks */
export async function blockTimes(
  client: MarketClient,
  { scope, blocks }: { scope: string; blocks: readonly bigint[] },
): Promise<Map<bigint, number>> {
  const times = await Promise.all(
    [...new Set(blocks)].map(async (blockNumber) => {
      const key = `${scope}:${blockNumber}`
      const time = known.get(key) ?? Number((await getBlock(client, { blockNumber })).timestamp)
      known.set(key, time)
      return [blockNumber, time] as const
    }),
  )
  return new Map(times)
}
