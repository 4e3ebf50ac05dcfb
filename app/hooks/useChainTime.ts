import { useQuery } from '@tanstack/react-query'
import { getBlock } from 'viem/actions'
import { useHead } from './useLiveUpdates'
import { useMarket } from './useNetwork'
import { useNow } from './useNow'

/**
 * The time by which the contracts judge a deadline, in unix seconds: the newest block's, or the reader's clock where that is later, as
 * a quiet chain's last block is old. 0 until the page runs in a browser.
 */
export function useChainTime(): number {
  const { client } = useMarket()
  const now = useNow(1)
  const { data: head } = useHead()
  const { data: blockTime = 0 } = useQuery({
    queryKey: ['blockTime', head?.toString()],
    enabled: head !== undefined,
    placeholderData: (known) => known,
    queryFn: async () => Number((await getBlock(client, { blockTag: 'latest' })).timestamp),
  })
  return now === 0 ? 0 : Math.max(now, blockTime)
}
