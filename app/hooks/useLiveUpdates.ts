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

const contractNames = ['jobMarket', 'modelRegistry', 'workerRegistry', 'accessManager'] as const

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
    const contracts = contractNames.flatMap((contract) => {
      const address = network.addresses[contract]
      return address === undefined ? [] : [{ contract, address }]
    })
    const look = async () => {
      const logs: { address: string }[] = await client.request({
        method: 'eth_getLogs',
        params: [
          {
            address: contracts.map(({ address }) => address),
            fromBlock: numberToHex(from),
            toBlock: numberToHex(head),
          },
        ],
      })
      const emitters = new Set(logs.map(({ address }) => address.toLowerCase()))
      const concerned = contracts.filter(({ address }) => emitters.has(address.toLowerCase()))
      for (const key of new Set(concerned.flatMap(({ contract }) => changes[contract]))) {
        void queries.invalidateQueries({ queryKey: [key] })
      }
    }
    look().catch(() => {
      // The node did not answer: the blocks are looked at again with the next head.
      seen.current = from - 1n
    })
  }, [head, client, network, queries])
}
