import { useQuery } from '@tanstack/react-query'
import type { Hex } from 'viem'
import { useMarket } from './useNetwork'

/** What the recent jobs of some models cost and how long they took; read together, in a few requests. */
export function useModelFigures(modelIds: readonly Hex[]) {
  const market = useMarket()
  return useQuery({
    queryKey: ['modelFigures', modelIds],
    enabled: modelIds.length > 0,
    staleTime: 30_000,
    queryFn: async () => (await import('../readFigures')).readFigures(market, modelIds),
  })
}
