import { readContract } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'

/** Reads the platform's share of a price, in basis points; a job keeps the one it was requested under. */
export function getFee(
  client: MarketClient,
  { deployment }: { deployment: Pick<Deployment, 'addresses'> },
): Promise<number> {
  return readContract(client, { address: deployment.addresses.jobMarket, abi: jobMarketAbi, functionName: 'feeBps' })
}
