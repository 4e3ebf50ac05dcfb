import type { Address } from 'viem'
import { readContract } from 'viem/actions'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { revertOf } from './errors.ts'

/** A worker's operator and its stake in wei; `unbondableAt` in unix seconds. */
export type Worker = {
  operator: Address
  signer: Address
  free: bigint
  bonded: bigint
  unbonding: bigint
  unbondableAt: number
  metadataCid: string
}

/** Reads a worker; undefined when the account is no registered operator. */
export async function getWorker(
  client: MarketClient,
  { deployment, operator }: { deployment: Pick<Deployment, 'addresses'>; operator: Address },
): Promise<Worker | undefined> {
  try {
    const worker = await readContract(client, {
      address: deployment.addresses.workerRegistry,
      abi: workerRegistryAbi,
      functionName: 'workerOf',
      args: [operator],
    })
    return { operator, ...worker }
  } catch (error) {
    if (revertOf(error)?.name === 'WorkerUnknown') return undefined
    throw error
  }
}
