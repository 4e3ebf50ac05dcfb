import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import type { Network } from '@assay/sdk/deployment'
import { getAbiItem, toFunctionSelector } from 'viem'
import type { SigningPolicy } from './signerPolicy.ts'

/** Functions of the market that the daemon sends; none takes money along. */
const functionNames = ['claimJob', 'claimSigned', 'submitResult', 'submitResults'] as const

/** What the daemon's key may sign on a network: claims and answers at its market, and nothing that carries money. As every policy it also allows empty transactions to the account itself. */
export function workerPolicy({ chainId, addresses }: Pick<Network, 'chainId' | 'addresses'>): SigningPolicy {
  const selectors = functionNames.map((name) => toFunctionSelector(getAbiItem({ abi: jobMarketAbi, name })))
  return { chainId, contracts: [{ address: addresses.jobMarket, selectors }], maxValue: 0n }
}
