import type { VerificationStep } from '@assay/sdk/verifyResult'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Hex } from 'viem'
import { useMarket } from './useNetwork'

/** How far a verification is; `ok` once it ended. */
export type VerifyState = { steps: VerificationStep[]; running: boolean; ok?: boolean; error?: Error }

/** Verifies a job in this browser, step by step, against the answer that the page shows. The verifier is loaded on first use. */
export function useVerify({ jobId, modelId, outputs }: { jobId: Hex; modelId: Hex; outputs: readonly bigint[] }) {
  const { network, client } = useMarket()
  const [state, setState] = useState<VerifyState>()
  const stop = useRef<AbortController>(undefined)
  useEffect(() => () => stop.current?.abort(), [])

  const verify = useCallback(async () => {
    stop.current?.abort()
    const controller = new AbortController()
    stop.current = controller
    const update = (change: (known: VerifyState) => VerifyState) => {
      if (!controller.signal.aborted) setState((known) => change(known ?? { steps: [], running: true }))
    }
    setState({ steps: [], running: true })
    try {
      const { verifyResult } = await import('@assay/sdk/verifyResult')
      const { ok } = await verifyResult(client, {
        deployment: network,
        gatewayUrl: network.gatewayUrl,
        jobId,
        expect: { modelId, outputs },
        onStep: (step) => update((known) => ({ ...known, steps: [...known.steps, step] })),
        signal: controller.signal,
      })
      update((known) => ({ ...known, running: false, ok }))
    } catch (error) {
      update((known) => ({
        ...known,
        running: false,
        error: error instanceof Error ? error : new Error(String(error)),
      }))
    }
  }, [client, network, jobId, modelId, outputs])

  return { state, verify }
}
