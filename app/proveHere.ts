import type { MarketClient, Network } from '@assay/sdk/deployment'
import type { Model } from '@assay/sdk/getModel'
import type { JobOrder } from '@assay/sdk/order'
import type { Address } from 'viem'
import type { EnterStage } from './hooks/useStagedRun'
import { nextTurn } from './nextTurn'
import { maxBrowserKeyBytes } from './prover/limits'
import { proverThreads, runProver } from './prover/runProver'
import { provingPart } from './provingPart'

/** Stages of proving, in their order. */
export type ProvingStage = 'fetch' | 'compute' | 'prove' | 'check'

/** A proof that the chain's verifier accepts, with what it is of. */
export type ProvenHere = {
  worker: Address
  outputs: bigint[]
  signals: bigint[]
  proof: Awaited<ReturnType<typeof import('@assay/sdk/checkProof').acceptProof>>
  threads: number
}

/**
 * Makes the proof of an order's answer in this browser, bound to a worker, and has the chain's verifier check it.
 * @throws the errors of sdk's prepareProof and checkProof, and of {@link runProver}
 */
export async function proveHere(
  { client, network }: { client: MarketClient; network: Network },
  {
    model,
    order,
    worker,
    enter,
    signal,
  }: { model: Model; order: JobOrder; worker: Address; enter: EnterStage<ProvingStage>; signal: AbortSignal },
): Promise<ProvenHere> {
  enter('fetch')
  const { fetchProofFiles, prepareWitness } = await import('@assay/sdk/prepareProof')
  const { gatewayUrl } = network
  const files = await fetchProofFiles({ gatewayUrl, model, order, maxKeyBytes: maxBrowserKeyBytes }, signal)

  enter('compute')
  // The page says so before its thread is busy.
  await nextTurn()
  const { wtns, signals } = await prepareWitness(files, { deployment: network, order, worker })

  enter('prove')
  let threads = 1
  const onStarted = (started: number) => {
    threads = started
  }
  const onSaid = (text: string) => {
    const part = provingPart(text)
    if (part) enter('prove', part)
  }
  const task = { kind: 'prove', threads: proverThreads(files.zkey.length), zkey: files.zkey, wtns } as const
  const answer = await runProver<'prove'>(task, { onStarted, onSaid, signal })

  enter('check')
  const { acceptProof } = await import('@assay/sdk/checkProof')
  const proof = await acceptProof(client, { deployment: network, keyHash: model.keyHash, signals, answer })
  return { worker, outputs: signals.slice(0, -2), signals, proof, threads }
}
