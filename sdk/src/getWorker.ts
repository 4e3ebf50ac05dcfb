import type { Address } from 'viem'
import { readContract } from 'viem/actions'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { revertOf } from './errors.ts'

/**
 * A worker's operator and its stake in wei; times in unix seconds. With a guardian, stake leaves to nobody else; `recoverySigner` is the
 * signer that it is putting in place. Zero addresses where there is none.
 */
export type Worker = {
  operator: Address
  signer: Address
  free: bigint
  bonded: bigint
  unbonding: bigint
  unbondableAt: number
  metadataCid: string
  guardian: Address
  recoverySigner: Address
  recoverableAt: number
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
