import { type Address, zeroAddress } from 'viem'
import { readContract } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'

/** Reads what an account has in the market: free to use or withdraw, and locked by live jobs. Smallest units. */
export async function getBalance(
  client: MarketClient,
  {
    deployment,
    account,
    token = zeroAddress,
  }: { deployment: Pick<Deployment, 'addresses'>; account: Address; token?: Address },
): Promise<{ free: bigint; locked: bigint }> {
  const [free, locked] = await readContract(client, {
    address: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    functionName: 'balanceOf',
    args: [account, token],
  })
  return { free, locked }
}
