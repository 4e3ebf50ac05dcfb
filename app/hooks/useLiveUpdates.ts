import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { numberToHex } from 'viem'
import { getBlockNumber } from 'viem/actions'
import { useMarket } from './useNetwork'

/** How often the head is asked for: what happened on chain is on the page within this and one answer of the node. */
const pollMs = 2000

/** What each contract's events change on the pages, as the first part of the queries' keys. */
const changes = {
  jobMarket: ['jobs', 'marketBalance', 'networkStats', 'disputes', 'worker', 'fee', 'marketTerms'],
  modelRegistry: ['models', 'model'],
  workerRegistry: ['worker', 'networkStats'],
  accessManager: ['governance'],
} as const

// The keys of a constant are its names.
const contracts = Object.keys(changes) as (keyof typeof changes)[]

/** The newest block of the chain, at most a few seconds old; not asked for while the page is hidden. */
export function useHead() {
  const { client } = useMarket()
  return useQuery({
    queryKey: ['head'],
    refetchInterval: pollMs,
    queryFn: () => getBlockNumber(client, { cacheTime: 0 }),
  })
}

/** Refreshes the queries of whatever its events and those since the last look concern. Once on a page is enough. */
export function useLiveUpdates() {
  const { network, client } = useMarket()
  const queries = useQueryClient()
  const seen = useRef<bigint>(undefined)
  const { data: head } = useHead()

  useEffect(() => {
    if (head === undefined) return
    const from = seen.current === undefined ? head : seen.current + 1n
    seen.current = head
    if (from > head) return
    const look = async () => {
      const logs: { address: string }[] = await client.request({
        method: 'eth_getLogs',
        params: [
          {
            address: contracts.flatMap((contract) => network.addresses[contract] ?? []),
            fromBlock: numberToHex(from),
            toBlock: numberToHex(head),
          },
        ],
      })
      const concerned = contracts.filter((contract) =>
        logs.some(({ address }) => address.toLowerCase() === network.addresses[contract]?.toLowerCase()),
      )
      for (const key of new Set(concerned.flatMap((contract) => changes[contract]))) {
        void queries.invalidateQueries({ queryKey: [key] })
      }
    }
    look().catch(() => {
      // The node did not answer: the blocks are looked at again with the next head.
      seen.current = from - 1n
    })
  }, [head, client, network, queries])
}
