import type { Model } from '@assay/sdk/getModel'
import type { JobOrder } from '@assay/sdk/order'
import { useMutation } from '@tanstack/react-query'
import { useMarket } from './useNetwork'

/** Runs an order's model on its input in this browser. The primitives are loaded on first use. */
export function useRecompute({ model, order }: { model: Model; order: JobOrder }) {
  const { network } = useMarket()
  return useMutation({
    mutationFn: async () => {
      const { recomputeAnswer } = await import('@assay/sdk/recomputeAnswer')
      return recomputeAnswer({ gatewayUrl: network.gatewayUrl, model, order })
    },
  })
}
