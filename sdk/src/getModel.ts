import type { Address, Hex } from 'viem'
import { readContract } from 'viem/actions'
import { modelRegistryAbi } from './abi/modelRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'

/** Kinds of setup, in the order of the contract's enum, as manifests spell them. */
export const setupKinds = ['insecure-dev', 'owner-only', 'ceremony'] as const

/** Who could forge a model's proofs: see DESIGN.md §2. */
export type SetupKind = (typeof setupKinds)[number]

/** All that the registry stores of a model. `floorPrice` in wei, `registeredAt` in unix seconds. */
export type Model = {
  modelId: Hex
  owner: Address
  royaltyBps: number
  floorPrice: bigint
  deprecated: boolean
  setup: { kind: SetupKind; contributions: number; transcriptHash: Hex }
  registeredAt: number
  graphId: Hex
  keyHash: Hex
  supersedes: Hex
  manifestCid: string
  /** The version that replaced this one; zero while it is the newest. */
  supersededBy: Hex
  /** Who may take it over; zero when nobody is offered it. */
  offeredTo: Address
}

/**
 * Reads a model from the registry.
 * @throws viem's ContractFunctionExecutionError with ModelUnknown
 */
export async function getModel(
  client: MarketClient,
  { deployment, modelId }: { deployment: Pick<Deployment, 'addresses'>; modelId: Hex },
): Promise<Model> {
  const stored = await readContract(client, {
    address: deployment.addresses.modelRegistry,
    abi: modelRegistryAbi,
    functionName: 'modelOf',
    args: [modelId],
  })
  const { setupKind, contributions, transcriptHash, ...rest } = stored
  return { modelId, ...rest, setup: { kind: setupKinds[setupKind] ?? 'insecure-dev', contributions, transcriptHash } }
}
