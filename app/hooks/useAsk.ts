import { addContent } from '@assay/sdk/content'
import type { EncodedInput } from '@assay/sdk/encodeInput'
import { requestJob } from '@assay/sdk/requestJob'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Hex } from 'viem'
import { useMarket } from './useNetwork'
import { useWallet } from './useWallet'

/** What is going on between the press of the button and the job: the input is stored, the wallet asks, the chain mines. */
export type AskPhase = 'storing' | 'confirming' | 'mining'

/** Stores the input, requests the job from the connected wallet, and gives its id. */
export function useAsk() {
  const { network } = useMarket()
  const { store } = useWallet()
  const queries = useQueryClient()
  const [phase, setPhase] = useState<AskPhase>('storing')

  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: async ({
      modelId,
      input,
      price,
    }: {
      modelId: Hex
      input: EncodedInput
      price: { minPrice: bigint; maxPrice: bigint }
    }) => {
      setPhase('storing')
      await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })
      setPhase('confirming')
      const { jobId } = await requestJob(await store.sender(), {
        deployment: network,
        terms: { modelId, input, ...price },
        onSent: () => setPhase('mining'),
      })
      return jobId
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  })

  return { ask: mutate, phase: isPending ? phase : undefined, error, reset }
}
